/** What goes on until it is told to stop. */
export type GoingOn = AsyncDisposable & Readonly<{ stop(): Promise<void> }>;

/**
 * Does each again and again, side by side, counting from 0, until it is stopped or disposed: a test that fails leaves
 * nothing that goes on.
 */
export function again(...works: readonly ((n: number) => Promise<unknown>)[]): GoingOn {
  let going = true;
  const all = works.map(async (work) => {
    for (let n = 0; going; n += 1) await work(n);
  });
  // Told to whoever stops it.
  for (const one of all) one.catch(() => {});
  const stop = async (): Promise<void> => {
    going = false;
    await Promise.all(all);
  };
  return {
    stop,
    async [Symbol.asyncDispose]() {
      going = false;
      await Promise.allSettled(all);
    },
  };
}
