import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `check` until it stops throwing and returns what it returned; after `within` milliseconds it throws what
 * `check` threw last.
 */
export async function eventually<T>(check: () => T | Promise<T>, within = 10_000): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
