import type { Redis } from 'ioredis';

/** How often a Redis that failed is asked whether it is back. Milliseconds. */
const ASK_EVERY = 1_000;

/** Does `work` on Redis; undefined, without waiting, while Redis does not answer. */
export type WhileItAnswers = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/**
 * Keeps requests from waiting for a Redis that hangs. Those under way when it begins to hang wait for the deadline
 * of their command; from then on nobody does: Redis is asked in the background, and used again once it answers.
 *
 * @param onAway told of the first failure after a success: once, however long Redis is away
 */
export function whileItAnswers(
  redis: Pick<Redis, 'status' | 'ping'>,
  onAway: (error: unknown) => void,
): WhileItAnswers {
  /** On the clock of `performance.now`; null while it answers. */
  let askAt: number | null = null;
  let told = false;

  function away(error: unknown): void {
    if (!told) onAway(error);
    told = true;
    askAt = performance.now() + ASK_EVERY;
  }

  function askAgain(): void {
    askAt = performance.now() + ASK_EVERY;
    redis.ping().then(
      () => {
        askAt = null;
      },
      () => {},
    );
  }

  return async (work) => {
    if (redis.status !== 'ready') return undefined;
    if (askAt !== null) {
      if (performance.now() >= askAt) askAgain();
      return undefined;
    }
    try {
      const done = await work();
      told = false;
      return done;
    } catch (error) {
      away(error);
      return undefined;
    }
  };
}
