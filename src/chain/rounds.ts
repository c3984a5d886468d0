import { withinOr } from '../timers.ts';

/** When we stop, the round under way may take this long; what it leaves is taken up by others. Milliseconds. */
const PARTING = 2_000;

/** Work that is done in rounds, one at a time. Disposing waits for the round under way, for a while. */
export type Rounds = AsyncDisposable & Readonly<{ wake(): void }>;

/**
 * Does `work` when woken; woken while it is at it, once more after that. A row of failures is complained of once.
 */
export function createRounds(work: () => Promise<void>, complain: (error: unknown) => void): Rounds {
  let current: Promise<void> = Promise.resolve();
  let isRunning = false;
  let again = false;
  let isOver = false;
  let failing = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (again && !isOver) {
      again = false;
      try {
        await work();
        failing = false;
      } catch (error) {
        if (!failing) complain(error);
        failing = true;
      }
    }
    isRunning = false;
  }

  return {
    wake() {
      again = true;
      if (!isRunning && !isOver) current = run();
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await withinOr(current, PARTING, () => {});
    },
  };
}
