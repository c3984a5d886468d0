import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRateLimits, type RateLimits } from './rate-limits.ts';

const limits = {
  'create-room': { points: 2, per: 60_000 },
  join: { points: 3, per: 60_000 },
  chat: { points: 1, per: 1_000 },
  'socket-event': { points: 1, per: 1_000 },
};

/** As much of Redis as the library uses: it counts, or fails. */
function fakeRedis() {
  const counts = new Map<string, number>();
  const redis = {
    status: 'ready' as const,
    failing: false,
    keys: [] as string[],
    defineCommand() {},
    ping: async () => 'PONG' as const,
    async rlflxIncr([key = '', points = '0', seconds = '0']: string[]) {
      if (redis.failing) throw new Error('Command timed out');
      redis.keys.push(key);
      const count = (counts.get(key) ?? 0) + Number(points);
      counts.set(key, count);
      return [count, Number(seconds) * 1_000 - 500];
    },
  };
  return redis;
}

let redis: ReturnType<typeof fakeRedis>;
let rateLimits: RateLimits;
let told: unknown[];
beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  redis = fakeRedis();
  told = [];
  rateLimits = createRateLimits({ redis: redis as never, limits, onAway: (error) => told.push(error) });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Takes so many, one after another. @returns whether each was allowed */
async function take(times: number, key = 'alice', limit: keyof typeof limits = 'create-room') {
  const allowed: boolean[] = [];
  for (let time = 0; time < times; time += 1) allowed.push((await rateLimits.take(limit, key)).allowed);
  return allowed;
}

describe('counted in Redis', () => {
  it('says what is left, and until when', async () => {
    const quota = { name: 'create-room', points: 2, per: 60_000, resetAfter: 59_500 };
    expect(await rateLimits.take('create-room', 'alice')).toEqual({ ...quota, allowed: true, remaining: 1 });
    expect(await rateLimits.take('create-room', 'alice')).toEqual({ ...quota, allowed: true, remaining: 0 });
    expect(await rateLimits.take('create-room', 'alice')).toEqual({ ...quota, allowed: false, remaining: 0 });
  });

  it('counts each limit and each user by themselves, under a key that names both', async () => {
    await take(2);
    expect(await take(1, 'bob')).toEqual([true]);
    expect(await take(1, 'alice', 'join')).toEqual([true]);
    expect(await take(1, 'alice:hand:raise', 'socket-event')).toEqual([true]);
    expect(new Set(redis.keys)).toEqual(
      new Set([
        'rl:create-room:alice',
        'rl:create-room:bob',
        'rl:join:alice',
        'rl:socket-event:alice:hand:raise',
      ]),
    );
  });

  it('keeps a flood from Redis: who has used up a window is refused from memory until it ends', async () => {
    await take(2);
    const asked = redis.keys.length;
    expect(await take(100)).toEqual(Array(100).fill(false));
    expect(redis.keys).toHaveLength(asked);
    jest.advanceTimersByTime(30_000);
    expect(await rateLimits.take('create-room', 'alice')).toMatchObject({
      allowed: false,
      resetAfter: 29_500,
    });
    jest.advanceTimersByTime(29_501);
    await take(1);
    expect(redis.keys).toHaveLength(asked + 1);
  });
});

describe('while Redis fails', () => {
  beforeEach(() => {
    redis.failing = true;
  });

  it('counts by itself, and begins anew when the window ends', async () => {
    expect(await take(3)).toEqual([true, true, false]);
    expect(await rateLimits.take('create-room', 'bob')).toEqual({
      name: 'create-room',
      allowed: true,
      points: 2,
      remaining: 1,
      resetAfter: 60_000,
      per: 60_000,
    });
    jest.advanceTimersByTime(60_001);
    expect(await take(3)).toEqual([true, true, false]);
    expect(told).toHaveLength(1);
  });

  it('counts in Redis again once it answers', async () => {
    await take(1);
    redis.failing = false;
    jest.advanceTimersByTime(1_000);
    await take(1); // asks in the background
    await take(1);
    expect(redis.keys).toEqual(['rl:create-room:alice']);
  });
});

it('takes no windows but of whole seconds', () => {
  const half = { ...limits, chat: { points: 1, per: 1_500 } };
  expect(() => createRateLimits({ redis: redis as never, limits: half, onAway: () => {} })).toThrow(
    RangeError,
  );
});
