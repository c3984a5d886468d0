/**
 * Does work as it comes, so much at once; what comes then waits in line, and what finds the line full is turned away.
 *
 * @param work handles its own errors
 */
export function createWorkLimit<T>(
  { atOnce, waiting }: Readonly<{ atOnce: number; waiting: number }>,
  work: (item: T) => Promise<void>,
) {
  const line: T[] = [];
  const running = new Set<Promise<void>>();

  function start(item: T): void {
    const run = work(item).finally(() => {
      running.delete(run);
      const next = line.shift();
      if (next !== undefined) start(next);
    });
    running.add(run);
  }

  return {
    /** @returns whether it will be done */
    take(item: T): boolean {
      if (running.size < atOnce) start(item);
      else if (line.length < waiting) line.push(item);
      else return false;
      return true;
    },
    /** Resolves when everything that was taken is done. */
    async done(): Promise<void> {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
