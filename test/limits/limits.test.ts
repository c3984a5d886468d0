import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, call, newRoom } from '../support/client.ts';
import { contractOf } from '../support/contract.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { type PrivateRedis, startPrivateRedis } from '../support/private-redis.ts';
import { startInstance } from '../support/service.ts';
import { freePort } from '../support/service-process.ts';
import { output } from '../support/stack.ts';

/** The limits of spec/2-rooms.md at instances of this test's own: those of the test stack are generous. */

type Instance = Awaited<ReturnType<typeof startInstance>>;
type Person = Awaited<ReturnType<typeof newPerson>>;

/** Empty counts as not set: the product's own defaults. */
const DEFAULTS = { LIMIT_CREATE_ROOM: '', LIMIT_JOIN: '', SHUTDOWN_GRACE: '0ms' };
/**
 * An answer is quick when nobody waited for Redis, whose deadline is 500 ms. One of many may be slow all the same: the
 * machine is busy. Milliseconds.
 */
const QUICK = 400;

const start = (redisUrl: string, more: Record<string, string> = {}): Promise<Instance> =>
  startInstance({ REDIS_URL: redisUrl, ...DEFAULTS, ...more });
const create = (instance: Instance, { token }: Person): Promise<Answer> =>
  call('POST', '/rooms', { base: instance.api, token, body: { title: 'A test' } });
const statusesOf = (answers: readonly Answer[]): number[] => answers.map(({ status }) => status);
const remaining = ({ headers }: Answer): number =>
  Number(/;r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1] ?? Number.NaN);

/** Creates so many, one after another, at these instances in turn. */
async function createAll(times: number, person: Person, ...instances: readonly Instance[]) {
  const answers: Answer[] = [];
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const instance = instances[time % instances.length];
    if (!instance) throw new Error('no instance');
    const begun = performance.now();
    answers.push(await create(instance, person));
    took.push(performance.now() - begun);
  }
  return { answers, slow: took.filter((milliseconds) => milliseconds > QUICK).length };
}
const repeat = (status: number, times: number): number[] => Array(times).fill(status);

describe('two instances and the stack’s Redis', () => {
  let one: Instance;
  let two: Instance;
  beforeAll(async () => {
    [one, two] = await Promise.all([start(output('REDIS_URL')), start(output('REDIS_URL'))]);
  });
  afterAll(async () => {
    await Promise.all([one, two].map((instance) => instance[Symbol.asyncDispose]()));
  });

  it('let a user make five rooms a minute between them, and say at each what is left', async () => {
    const person = await newPerson();
    const { answers } = await createAll(5, person, one, two);
    expect(statusesOf(answers)).toEqual(repeat(201, 5));
    expect(answers.map(remaining)).toEqual([4, 3, 2, 1, 0]);
    for (const { headers } of answers) {
      expect(headers.get('ratelimit-policy')).toBe('"create-room";q=5;w=60');
      expect(headers.get('retry-after')).toBeNull();
    }
    for (const instance of [one, two]) {
      const { status, headers, body } = await create(instance, person);
      expect([status, body['code']]).toEqual([429, 'RATE_LIMITED']);
      const seconds = headers.get('retry-after') ?? '';
      expect(Number(seconds)).toBeGreaterThan(30);
      expect(Number(seconds)).toBeLessThanOrEqual(60);
      expect(headers.get('ratelimit')).toBe(`"create-room";r=0;t=${seconds}`);
      expect(headers.get('ratelimit-policy')).toBe('"create-room";q=5;w=60');
      expect(body['detail']).toBe(`New rooms: at most 5 a minute. Try again in ${seconds} s.`);
    }
    expect((await create(one, await newPerson())).status).toBe(201);
  });

  it('refuse as the document promises', async () => {
    const person = await newPerson();
    await createAll(5, person, one);
    const response = await fetch(`${one.api}/rooms`, {
      method: 'POST',
      headers: { authorization: `Bearer ${person.token}`, 'content-type': 'application/json' },
      body: '{"title":"x"}',
    });
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    expect(answer.status).toBe(429);
    const contract = await contractOf(one.url);
    expect(contract.faultsOf('POST', '/api/realtime/rooms', answer)).toEqual([]);
  });

  it('let no more through when all come at once', async () => {
    const person = await newPerson();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => create(index % 2 === 0 ? one : two, person)),
    );
    expect(statusesOf(answers).toSorted()).toEqual([...repeat(201, 5), ...repeat(429, 15)]);
  });

  it('count a join by every address once, and a renewal not at all', async () => {
    const person = await newPerson();
    const { id } = await newRoom((await newPerson()).token);
    const join = (path: string, body?: object) =>
      call('POST', path, { base: one.api, token: person.token, ...(body ? { body } : {}) });
    expect(remaining(await join(`/rooms/${id}/join`))).toBe(19);
    expect(remaining(await join('/token', { room_name: id }))).toBe(18);
    const bare = await call('POST', `/rooms/${id}/join`, { base: one.url, token: person.token });
    expect(remaining(bare)).toBe(17);
    const renewed = await join(`/rooms/${id}/token`);
    expect([renewed.status, renewed.headers.get('ratelimit')]).toEqual([201, null]);
    const refused = await join('/rooms/nowhere/join');
    expect([refused.status, remaining(refused)]).toEqual([404, 16]);
  });

  it('limit as they are configured, and let a page of another origin see it', async () => {
    await using strict = await start(output('REDIS_URL'), { LIMIT_JOIN: '2/1h' });
    const { token } = await newPerson();
    const origin = 'http://page.test';
    const join = () => call('POST', '/rooms/x/join', { base: strict.api, token, headers: { origin } });
    expect(statusesOf([await join(), await join(), await join()])).toEqual([404, 404, 429]);
    const { headers } = await join();
    expect(headers.get('ratelimit-policy')).toBe('"join";q=2;w=3600');
    expect(headers.get('access-control-expose-headers')).toMatch(/retry-after.*ratelimit.*ratelimit-policy/);
  });
});

describe('without Redis', () => {
  it('each instance limits by itself, and keeps nobody waiting', async () => {
    const dead = `redis://127.0.0.1:${await freePort()}`;
    await using one = await start(dead);
    await using two = await start(dead);
    const person = await newPerson();
    for (const instance of [one, two]) {
      const { answers, slow } = await createAll(7, person, instance);
      expect(statusesOf(answers)).toEqual([...repeat(201, 5), ...repeat(429, 2)]);
      expect(answers.map(remaining)).toEqual([4, 3, 2, 1, 0, 0, 0]);
      expect(slow).toBeLessThan(2);
    }
  });
});

describe('a Redis that', () => {
  let redis: PrivateRedis;
  let database: Awaited<ReturnType<typeof ownDatabaseUrl>>;
  let one: Instance;
  let two: Instance;
  beforeAll(async () => {
    // Of its own too: whoever looks at this Redis finds no lease of the stack's instances there.
    [redis, database] = await Promise.all([startPrivateRedis(), ownDatabaseUrl()]);
    const more = { MONGO_URL: database.url };
    [one, two] = await Promise.all([start(redis.url, more), start(redis.url, more)]);
  });
  afterAll(async () => {
    await Promise.all([one, two].map((instance) => instance[Symbol.asyncDispose]()));
    await database[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const countOf = async ({ id }: Person): Promise<string | null> =>
    (await redis.read(`rl:create-room:${id}`))[0] ?? null;
  /** Both instances count in Redis again: seen by somebody new each time, whose one is in Redis. */
  const bothCountAgain = () =>
    eventually(async () => {
      for (const instance of [one, two]) {
        const person = await newPerson();
        await create(instance, person);
        expect(await countOf(person)).toBe('1');
      }
    });

  it('is stopped leaves each instance limiting by itself, until it is back', async () => {
    const person = await newPerson();
    await createAll(2, person, one, two);
    expect(await countOf(person)).toBe('2');
    await redis.stop();
    for (const instance of [one, two]) {
      const { answers, slow } = await createAll(6, person, instance);
      expect(statusesOf(answers)).toEqual([...repeat(201, 5), 429]);
      expect(slow).toBeLessThan(2);
    }
    await redis.start();
    await bothCountAgain();
    const { answers } = await createAll(6, await newPerson(), one, two);
    expect(statusesOf(answers)).toEqual([...repeat(201, 5), 429]);
  });

  it('hangs keeps only those waiting who were first, and for half a second', async () => {
    const person = await newPerson();
    await createAll(1, person, one, two);
    redis.freeze();
    try {
      const first = await createAll(1, person, one);
      expect(statusesOf(first.answers)).toEqual([201]);
      // Long enough that Redis is asked again meanwhile, in the background.
      const end = performance.now() + 2_500;
      let slow = 0;
      while (performance.now() < end) {
        slow += (await createAll(1, person, one)).slow;
        await sleep(20);
      }
      expect(slow).toBeLessThan(2);
      expect(statusesOf((await createAll(1, person, one)).answers)).toEqual([429]);
    } finally {
      redis.thaw();
    }
    await bothCountAgain();
  });

  it('is emptied merely begins the counts anew', async () => {
    const person = await newPerson();
    await createAll(4, person, one, two);
    await redis.empty();
    const { answers } = await createAll(6, person, one, two);
    expect(statusesOf(answers)).toEqual([...repeat(201, 5), 429]);
    expect(answers.map(remaining)).toEqual([4, 3, 2, 1, 0, 0]);
    expect(await countOf(person)).toBe('6');
  });
});
