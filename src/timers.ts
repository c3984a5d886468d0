/**
 * Runs `work` again and again, `milliseconds` after it was last done, so that rounds never overlap.
 * `work` handles its own errors. @returns what stops it and waits for the round under way
 */
export function every(milliseconds: number, work: () => Promise<void>): () => Promise<void> {
  let stopped = false;
  let current = Promise.resolve();
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(() => {
      current = work().finally(() => {
        if (!stopped) schedule();
      });
    }, milliseconds);
    timer.unref();
  };
  schedule();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await current;
  };
}

/** `work`, or an error once `milliseconds` have passed. The work itself goes on; only the wait ends. */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
