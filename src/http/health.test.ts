import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Dependency, healthRoutes } from './health.ts';
import type { Route } from './route.ts';

const info = { name: 'realtime-service', version: '1.2.3', commit: 'abc', instance: 'service-7' };
const up = async () => {};
const down = () => Promise.reject(new Error('mongodb://user:hunter2@db is away'));
const hanging = () => new Promise<never>(() => {});
const dependency = (name: string, probe: Dependency['probe'], needed = true): Dependency => ({
  name,
  needed: () => needed,
  probe,
});

type Body = {
  status: string;
  components: Record<string, { status: string; needed: boolean; latencyMs: number }>;
};

function health(dependencies: Dependency[], stopping: () => boolean = () => false) {
  const routes = healthRoutes({ dependencies, stopping, info });
  return async (path: string): Promise<{ status: number; body: Body }> => {
    const route = routes.find((candidate) => candidate.path === path) as Route;
    return (await route.handle({} as never)) as { status: number; body: Body };
  };
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

describe.each(['/health/ready', '/health'])('%s', (path) => {
  it('is UP while every dependency is, each by its name', async () => {
    const ask = health([dependency('mongodb', up), dependency('livekit', up, false)]);
    const { status, body } = await ask(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'UP',
      components: { mongodb: { status: 'UP', needed: true }, livekit: { status: 'UP', needed: false } },
    });
  });

  it('is 503 when a needed one is down, and says which', async () => {
    const { status, body } = await health([dependency('mongodb', down), dependency('livekit', up)])(path);
    expect(status).toBe(503);
    expect(body).toMatchObject({
      status: 'DOWN',
      components: { mongodb: { status: 'DOWN' }, livekit: { status: 'UP' } },
    });
  });

  it('is 200 when one that is not needed is down, and says so all the same', async () => {
    const { status, body } = await health([dependency('livekit', down, false), dependency('mongodb', up)])(
      path,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'UP', components: { livekit: { status: 'DOWN', needed: false } } });
  });

  it('tells nobody why one is down', async () => {
    const { body } = await health([dependency('mongodb', down)])(path);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('counts one that does not answer as down after a second and a half, and does not wait longer', async () => {
    const asking = health([dependency('mongodb', hanging), dependency('livekit', up)])(path);
    await jest.advanceTimersByTimeAsync(1_500);
    const { status, body } = await asking;
    expect(status).toBe(503);
    expect(body.components).toMatchObject({ mongodb: { status: 'DOWN' }, livekit: { status: 'UP' } });
    expect(body.components['mongodb']?.latencyMs).toBe(1_500);
  });

  it('is 503 once the service is stopping, though everything is up', async () => {
    const { status, body } = await health([dependency('mongodb', up)], () => true)(path);
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'DOWN', components: { mongodb: { status: 'UP' } } });
  });

  it('says that the service is stopping at once, though it said otherwise a moment ago', async () => {
    let stopping = false;
    const ask = health([dependency('mongodb', up)], () => stopping);
    expect((await ask(path)).status).toBe(200);
    stopping = true;
    expect((await ask(path)).status).toBe(503);
  });
});

describe('a probe', () => {
  it('serves all who ask within half a second, and is made anew after it', async () => {
    let probes = 0;
    const counting = async () => {
      probes += 1;
    };
    const ask = health([dependency('mongodb', counting)]);
    await Promise.all([ask('/health'), ask('/health/ready'), ask('/health')]);
    expect(probes).toBe(1);
    await jest.advanceTimersByTimeAsync(501);
    await ask('/health');
    expect(probes).toBe(2);
  });

  it('is asked whether it is needed at each round', async () => {
    let needed = true;
    const ask = health([{ name: 'keycloak', needed: () => needed, probe: down }]);
    expect((await ask('/health')).status).toBe(503);
    needed = false;
    await jest.advanceTimersByTimeAsync(501);
    expect((await ask('/health')).status).toBe(200);
  });
});

describe('/health/live', () => {
  it('is UP whatever else is down, while the service stops too: it asks for no restart', async () => {
    const ask = health([dependency('mongodb', hanging)], () => true);
    expect(await ask('/health/live')).toEqual({ status: 200, body: { status: 'UP' } });
  });
});

describe('/info', () => {
  it('says which build this is and for how long it has run', async () => {
    const ask = health([]);
    await jest.advanceTimersByTimeAsync(61_000);
    expect(await ask('/info')).toEqual({ status: 200, body: { ...info, uptimeSeconds: 61 } });
  });
});
