/**
 * Collects items while a batch is under way, and works them off in batches of up to `size`, in their order. The
 * first is worked on at once. `work` handles its own errors.
 */
export function createBatcher<T>(size: number, work: (batch: readonly T[]) => Promise<void>) {
  const waiting: T[] = [];
  let working = false;
  const drain = async (): Promise<void> => {
    working = true;
    while (waiting.length > 0) await work(waiting.splice(0, size));
    working = false;
  };
  return {
    add(items: readonly T[]): void {
      waiting.push(...items);
      if (!working && waiting.length > 0) void drain();
    },
    /** Takes back what no batch has begun on. */
    takeWaiting: (): T[] => waiting.splice(0),
  };
}
