import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Config } from '../config/index.ts';
import type { LimitName, Quota } from './quota.ts';
import { whileItAnswers } from './while-it-answers.ts';

export type RateLimits = Readonly<{
  /**
   * Takes one of a limit. Never fails: while Redis is away this instance counts by itself.
   *
   * @param key whose count it is: a user's id, with the event's name after it where each event counts by itself.
   *   Only names that are known: each key costs memory until its window ends
   */
  take(limit: LimitName, key: string): Promise<Quota>;
}>;

/**
 * The limits of each user over all instances (spec/2-rooms.md, "Limits"), counted in Redis under `rl:<limit>:<key>`.
 * A window begins with the first that is taken and lasts for `per`; its key expires with it.
 *
 * @param deps.limits windows of whole seconds, since the header knows no less
 * @param deps.onAway told once for each time that Redis fails, which callers do not notice
 * @throws RangeError for another window
 */
export function createRateLimits(deps: {
  redis: Pick<Redis, 'status' | 'ping' | 'defineCommand'>;
  limits: Config['limits'];
  onAway: (error: unknown) => void;
}): RateLimits {
  const { redis, limits } = deps;
  const inRedis = whileItAnswers(redis, deps.onAway);

  const counted = (name: LimitName) => {
    const { points, per } = limits[name];
    // The library would round down, and count a window of no seconds for ever.
    if (per % 1_000 !== 0 || per === 0) throw new RangeError(`the window of ${name} is not of whole seconds`);
    const options = { keyPrefix: `rl:${name}`, points, duration: per / 1_000 };
    // Who has used up a window is refused from memory until it ends, so that a flood does not reach Redis.
    const shared = new RateLimiterRedis({ ...options, storeClient: redis, inMemoryBlockOnConsumed: points });
    const own = new RateLimiterMemory(options);
    return async (key: string): Promise<Quota> => {
      const taken = (await inRedis(() => takeOne(shared, key))) ?? (await takeOne(own, key));
      return { name, points, per, ...taken };
    };
  };
  const takers: Record<LimitName, (key: string) => Promise<Quota>> = {
    'create-room': counted('create-room'),
    join: counted('join'),
    chat: counted('chat'),
    'socket-event': counted('socket-event'),
  };
  return { take: (limit, key) => takers[limit](key) };
}

type Taken = Pick<Quota, 'allowed' | 'remaining' | 'resetAfter'>;

/** The library throws its answer when it is no. @throws what Redis threw */
async function takeOne(limiter: RateLimiterRedis | RateLimiterMemory, key: string): Promise<Taken> {
  const toTaken = (allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Taken => ({
    allowed,
    remaining: remainingPoints,
    resetAfter: Math.max(0, msBeforeNext),
  });
  return limiter.consume(key).then(
    (yes) => toTaken(true, yes),
    (no: unknown) => {
      if (no instanceof RateLimiterRes) return toTaken(false, no);
      throw no;
    },
  );
}
