/**
 * One Ctrl-C can arrive twice: from the terminal, and passed on by npm. Within this time it is the same one.
 */
const sameKeystrokeMs = 400;

const first = new AbortController();
const second = new AbortController();

/** Aborts at the first Ctrl-C, SIGTERM or hang-up. */
export const interrupted = first;
/** Aborts at the second: no more patience. */
export const forceful = second;

/** Begins to listen to signals, and to the end of whoever started us, which may not pass any on. */
export function whenInterrupted(): void {
  let at = Number.NEGATIVE_INFINITY;
  const hear = (): void => {
    const now = performance.now();
    if (now - at < sameKeystrokeMs) return;
    at = now;
    if (first.signal.aborted) second.abort();
    else first.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear);

  const parent = process.env['REALTIME_BOOTSTRAP_PID'];
  if (!parent) return;
  const watch = setInterval(() => {
    if (process.ppid === Number(parent)) return;
    clearInterval(watch);
    first.abort();
  }, 1000);
  watch.unref();
}
