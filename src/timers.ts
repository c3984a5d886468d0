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

/** What `work` comes to, or `late` once `milliseconds` have passed. The work itself goes on; only the wait ends. */
export async function withinOr<T, L>(
  work: Promise<T>,
  milliseconds: number,
  late: () => L,
): Promise<T | Awaited<L>> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    return await Promise.race([work, passed.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** `work`, or an error once `milliseconds` have passed. */
export const withDeadline = <T>(work: Promise<T>, milliseconds: number): Promise<T> =>
  withinOr(work, milliseconds, () => {
    throw new Error(`not done within ${milliseconds} ms`);
  });
