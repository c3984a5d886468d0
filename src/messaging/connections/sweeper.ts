/** Shorter than the grace (15 s): who was counted out in error is back in before the seat is free. Milliseconds. */
const SWEEP_EVERY = 10_000;
/** Between tries while the servers do not say who is connected. Milliseconds. */
const SWEEP_AGAIN = 1_000;

export type Sweeper = ReturnType<typeof createSweeper>;

/**
 * Sweeps when asked to and every ten seconds, one sweep at a time: who asks while one is under way gets another.
 *
 * @param onFailed told once for each time that sweeping begins to fail
 */
export function createSweeper(sweep: () => Promise<void>, onFailed: (error: unknown) => void) {
  let isCurrent = false;
  let lives = 0;
  let isAsked = false;
  let isFailing = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;

  async function once(): Promise<void> {
    const life = lives;
    try {
      await sweep();
      isFailing = false;
      isCurrent = life === lives;
    } catch (error) {
      if (!isFailing && !isStopped) onFailed(error);
      isFailing = true;
    }
  }

  async function run(): Promise<void> {
    do {
      isAsked = false;
      await once();
    } while (isAsked && !isStopped);
    running = null;
    if (!isStopped) timer = setTimeout(now, isFailing ? SWEEP_AGAIN : SWEEP_EVERY).unref();
  }

  function now(): void {
    isAsked = true;
    clearTimeout(timer);
    if (!isStopped) running ??= run();
  }

  return {
    now,
    /** Whether a sweep was done since it last became necessary. */
    isCurrent: (): boolean => isCurrent,
    /** What was known is old. */
    forget(): void {
      lives += 1;
      isCurrent = false;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
