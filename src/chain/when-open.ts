import { every } from '../timers.ts';

/** Before what could not be opened is tried again. Milliseconds. */
const OPEN_AGAIN = 5_000;

/** Something that may be opened later than it is wanted. Disposing closes it. */
export type Opening<T> = AsyncDisposable & Readonly<{ now(): T | null }>;

/**
 * Opens something, at once or, where that may fail, as soon as it can be.
 *
 * @param deps.mayFail false: what keeps it from being opened is thrown
 */
export async function whenOpen<T extends AsyncDisposable>(deps: {
  open: () => Promise<T>;
  mayFail: boolean;
  onFailed: (error: unknown) => void;
}): Promise<Opening<T>> {
  const { open, mayFail, onFailed } = deps;
  let opened: T | null = null;
  let complained = false;
  const attempt = async (): Promise<void> => {
    if (opened !== null) return;
    try {
      opened = await open();
    } catch (error) {
      if (!mayFail) throw error;
      if (!complained) onFailed(error);
      complained = true;
    }
  };
  await attempt();
  const stop = every(OPEN_AGAIN, attempt);
  return {
    now: () => opened,
    async [Symbol.asyncDispose]() {
      await stop();
      await opened?.[Symbol.asyncDispose]();
    },
  };
}
