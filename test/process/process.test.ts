import { Agent, request } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { call, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import {
  freePort,
  goodSettings,
  runReadyService,
  runService,
  takenPort,
} from '../support/service-process.ts';
import { output, stack } from '../support/stack.ts';

/** What a refusal to start may take. Milliseconds; a deadline against hangs. */
const SOON = 10_000;
/** spec/9-reliability.md: exit in at most ten seconds after SIGTERM. Milliseconds. */
const DRAINED = 10_000;

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
/** The settings that the refusal names, in its own order. */
const namedIn = (text: string) =>
  linesOf(text)
    .slice(1)
    .map((line) => /^ {2}([A-Z_]+): ./.exec(line)?.[1]);

describe('a service that cannot start as it is set', () => {
  it('names every missing setting with its remedy, and ends', async () => {
    await using service = runService({});
    expect(await service.exit(SOON)).toBe(1);
    expect(service.stdout()).toBe('');
    expect(linesOf(service.stderr())[0]).toBe('The service cannot start: 8 setting(s) to mend.');
    expect(namedIn(service.stderr())).toEqual([
      'MONGO_URL',
      'REDIS_URL',
      'KEYCLOAK_ISSUER',
      'KEYCLOAK_CLIENT_SECRET',
      'LIVEKIT_URL',
      'LIVEKIT_PUBLIC_URL',
      'LIVEKIT_API_KEY',
      'LIVEKIT_API_SECRET',
    ]);
    for (const line of linesOf(service.stderr()).slice(1)) expect(line).toContain('set it');
  });

  it('names every wrong setting at once, and shows the value of none', async () => {
    const wrong = {
      PORT: 'http-hunter2',
      MONGO_URL: 'postgres://user:hunter2@db',
      KEYCLOAK_CLIENT_SECRET: 'hunter2',
      LIVEKIT_TOKEN_TTL: 'hunter2',
      LOG_LEVEL: 'hunter2',
      TRACE_SAMPLE_RATIO: 'hunter2',
    };
    await using service = runService({ ...goodSettings(await freePort()), ...wrong });
    expect(await service.exit(SOON)).toBe(1);
    expect(namedIn(service.stderr()).toSorted()).toEqual(Object.keys(wrong).toSorted());
    expect(service.stderr()).not.toContain('hunter2');
  });

  it('opens no socket before it knows: neither its own nor to a server', async () => {
    await using mongo = await takenPort();
    await using own = await takenPort();
    const settings = {
      ...goodSettings(own.port),
      MONGO_URL: `mongodb://127.0.0.1:${mongo.port}/x`,
      LIVEKIT_TOKEN_TTL: 'soon',
    };
    await using service = runService(settings);
    expect(await service.exit(SOON)).toBe(1);
    // Its own port is taken: had it tried, it would have said so.
    expect(namedIn(service.stderr())).toEqual(['LIVEKIT_TOKEN_TTL']);
    expect(mongo.connections()).toBe(0);
  });

  it('refuses each secret and address of development in production, by its name', async () => {
    await using service = runService({
      ...goodSettings(await freePort()),
      NODE_ENV: 'production',
      CORS_ORIGINS: '*',
    });
    expect(await service.exit(SOON)).toBe(1);
    expect(namedIn(service.stderr()).toSorted()).toEqual([
      'CHAIN_KEYSTORE_PASSWORD',
      'CORS_ORIGINS',
      'KEYCLOAK_CLIENT_SECRET',
      'KEYCLOAK_ISSUER',
      'LIVEKIT_API_KEY',
      'LIVEKIT_API_SECRET',
      'LIVEKIT_PUBLIC_URL',
      'MESSAGING_TOKEN_SECRET',
      'NATS_ISSUER_SEED',
      'NATS_PASSWORD',
      'NATS_PUBLIC_URL',
      'NATS_XKEY_SEED',
      'PUBLIC_URL',
      'TURN_SECRET',
    ]);
    for (const secret of [output('LIVEKIT_API_SECRET'), stack.serviceEnv['KEYCLOAK_CLIENT_SECRET'] ?? ''])
      expect(service.stderr()).not.toContain(secret);
  });

  it('says in one line that its port is taken, and by which address', async () => {
    await using holder = await takenPort();
    await using service = runService(goodSettings(holder.port));
    expect(await service.exit(2 * SOON)).toBe(1);
    expect(linesOf(service.stderr())).toEqual([
      expect.stringMatching(
        new RegExp(`^The service cannot start: .*address already in use.*:${holder.port}$`),
      ),
    ]);
  });

  it('says the same of the port of its metrics', async () => {
    await using holder = await takenPort();
    const settings = { ...goodSettings(await freePort()), METRICS_PORT: `${holder.port}` };
    await using service = runService(settings);
    expect(await service.exit(SOON)).toBe(1);
    expect(linesOf(service.stderr())).toEqual([
      expect.stringMatching(
        new RegExp(`^The service cannot start: .*address already in use.*:${holder.port}$`),
      ),
    ]);
  });

  it.each([
    ['where nobody listens', async () => ({ port: await freePort(), [Symbol.asyncDispose]: async () => {} })],
    ['where someone listens and says nothing', takenPort],
  ])('says in one line that MongoDB does not answer, %s, and ends', async (_what, place) => {
    await using mongo = await place();
    const url = `mongodb://someone:hunter2@127.0.0.1:${mongo.port}/realtime?directConnection=true`;
    await using service = runService({ ...goodSettings(await freePort()), MONGO_URL: url });
    expect(await service.exit(SOON)).toBe(1);
    expect(linesOf(service.stderr())).toEqual([
      expect.stringMatching(/^The service cannot start: .*database/),
    ]);
    expect(service.stderr() + service.stdout()).not.toContain('hunter2');
  });
});

type Outcome = { status: number; last: boolean } | { failed: string; reused: boolean };

/** One client on one connection of its own, as a browser or a gateway keeps it. */
function connectedClient(url: string, token: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string, method: string): Promise<Outcome> =>
    new Promise((resolve) => {
      const sent = request(`${url}${path}`, { agent, method, headers: { authorization: `Bearer ${token}` } });
      sent.once('error', (error) => resolve({ failed: error.message, reused: sent.reusedSocket }));
      sent.once('response', (response) => {
        response.once('error', (error) => resolve({ failed: error.message, reused: sent.reusedSocket }));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, last: response.headers.connection === 'close' }),
        );
        response.resume();
      });
      sent.end();
    });
  return { ask, close: () => agent.destroy() };
}

describe('a running service', () => {
  it('ends on SIGTERM and neither cuts nor fails a request that was on its way', async () => {
    await using service = await runReadyService();
    const host = await newPerson('host');
    const room = await newRoom(host.token);
    const path = `/api/realtime/rooms/${room.id}`;
    const clients = Array.from({ length: 300 }, () => connectedClient(service.url, host.token));
    const outcomes: Outcome[] = [];

    // Each asks again as soon as it has its answer, until it is told that the connection ends.
    const running = clients.map(async ({ ask }, index) => {
      for (;;) {
        const outcome = await (index % 2 === 0 ? ask(path, 'GET') : ask(`${path}/token`, 'POST'));
        outcomes.push(outcome);
        if ('failed' in outcome || outcome.last) return outcome;
      }
    });
    await eventually(() => expect(outcomes.length).toBeGreaterThan(2 * clients.length), 20_000);
    const before = outcomes.length;
    service.child.kill('SIGTERM');

    const lasts = await Promise.all(running);
    for (const { close } of clients) close();
    expect(await service.exit(DRAINED)).toBe(0);

    expect(outcomes.filter((outcome) => 'failed' in outcome)).toHaveLength(0);
    expect(new Set(outcomes.flatMap((outcome) => ('status' in outcome ? [outcome.status] : [])))).toEqual(
      new Set([200, 201]),
    );
    // Every client had a request on its way when the signal came, and was told that it was the last.
    expect(outcomes.length - before).toBeGreaterThanOrEqual(clients.length - 1);
    expect(lasts.every((outcome) => 'last' in outcome && outcome.last)).toBe(true);
    expect(service.stdout()).toContain('"event":"service.stopped"');
  });

  it('ends on SIGTERM though clients keep connections open and say nothing', async () => {
    await using service = await runReadyService();
    const idle = connectedClient(service.url, 'x');
    expect(await idle.ask('/health/live', 'GET')).toMatchObject({ status: 200 });
    service.child.kill('SIGTERM');
    expect(await service.exit(DRAINED)).toBe(0);
    idle.close();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s when it has nothing to do', async (signal) => {
    await using service = await runReadyService();
    service.child.kill(signal);
    expect(await service.exit(DRAINED)).toBe(0);
    expect(service.stderr()).toBe('');
  });

  it('writes no secret and no token, however closely it is asked to log', async () => {
    await using service = await runReadyService({ LOG_LEVEL: 'debug' });
    const base = `${service.url}/api/realtime`;
    const host = await newPerson('host');
    const room = await newRoom(host.token);
    const joined = await join(room.id, host.token, base);
    const broken = `${host.token.slice(0, -8)}AAAAAAAA`;
    await call('POST', `/rooms/${room.id}/join`, { token: broken, base });
    await call('GET', `/rooms?access_token=${host.token}`, { base });
    await call('POST', '/webhooks/livekit', {
      headers: { authorization: joined.participant_token },
      body: {},
      base,
    });
    await call('POST', '/keycloak/backchannel-logout', {
      base,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `logout_token=${host.token}`,
    });
    service.child.kill('SIGTERM');
    await service.exit(DRAINED);

    const written = service.stdout() + service.stderr();
    expect(written).toContain('"event":"token.minted"');
    expect(written).toContain('"event":"signature.refused"');
    const secrets = [
      output('LIVEKIT_API_SECRET'),
      stack.serviceEnv['KEYCLOAK_CLIENT_SECRET'] ?? '',
      output('TURN_SECRET'),
      ...joined.iceServers.map(({ credential }) => credential),
    ];
    for (const token of [host.token, joined.participant_token])
      secrets.push(token, token.split('.')[1] ?? '', token.split('.')[2] ?? '');
    for (const secret of secrets) expect(written).not.toContain(secret);
    for (const line of linesOf(service.stdout()))
      expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) });
  });
});
