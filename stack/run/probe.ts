import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks a server once whether it is ready. Resolves to undefined when it is, else to what is missing. */
export type Probe = (signal: AbortSignal) => Promise<string | undefined>;

/** How often a server is asked. Short against the seconds they take, long against the cost of asking. */
const intervalMs = 150;
/** One question must not use up the whole wait when a server accepts and then hangs. */
const questionMs = 3_000;

/** Ready when a GET answers with a 2xx. */
export function httpReady(url: string): Probe {
  return async (signal) => {
    try {
      const answer = await fetch(url, { signal, redirect: 'manual' });
      await answer.body?.cancel();
      return answer.ok ? undefined : `GET ${url} answered ${answer.status}`;
    } catch {
      return `GET ${url} had no answer`;
    }
  };
}

/** Ready when something accepts connections on 127.0.0.1 at `port`. */
export function tcpReady(port: number): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, signal });
      socket.once('connect', () => {
        socket.destroy();
        resolve(undefined);
      });
      socket.once('error', () => resolve(`nothing listens on port ${port}`));
    });
}

/**
 * Asks until ready. Resolves to undefined, or after `withinMs` milliseconds to the last complaint.
 * @throws when `signal` aborts.
 */
export async function waitUntilReady(
  probe: Probe,
  withinMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const complaint = await probe(AbortSignal.any([signal, AbortSignal.timeout(questionMs)]));
    if (complaint === undefined || performance.now() > deadline) return complaint;
    await sleep(intervalMs, undefined, { signal });
  }
}
