import autocannon from 'autocannon';
import type { Measured } from './result.ts';
import { BenchError } from './row.ts';
import { shareOut } from './share-out.ts';
import { percentile } from './statistics.ts';

/** As ground.md's own figures were taken. Each is one keep-alive connection with one request in flight. */
export const CONNECTIONS = 32;
/** An answer that takes longer is a failure. Seconds. */
const ANSWER_DEADLINE = 10;
/** How soon autocannon notices that it is to stop. Milliseconds. */
const STOP_WITHIN = 50;

export type LoadRequest = Readonly<{
  path: string;
  bearer: string;
  /** Looks at an answer's body. @throws when it is wrong */
  verify(body: string): void;
}>;

export type LoadOptions = Readonly<{
  /** `http://host:port` */
  url: string;
  /** Shared out over the connections, in order. */
  requests: readonly LoadRequest[];
  /** Whether a connection that has sent all of its requests begins again. If not, the round is over then. */
  repeat: boolean;
  /** Milliseconds. */
  duration: number;
  /** Looks at the body of every answer. Costs time here, so only in the warm-up. */
  verify: boolean;
  signal: AbortSignal;
}>;

/**
 * Sends POST requests for a while, as fast as they are answered, and takes each answer's time.
 * @throws BenchError when any answer is not a 201, any connection fails, or an answer is wrong
 */
export async function load(options: LoadOptions): Promise<Measured & { count: number }> {
  const { url, repeat, duration, verify, signal } = options;
  signal.throwIfAborted();
  const shares = shareOut(options.requests, CONNECTIONS);
  const times: number[] = [];
  const sent = new Map<object, number>();
  let fault: BenchError | undefined;
  let ended = 0;

  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  let next = 0;
  const instance = autocannon(
    {
      url,
      method: 'POST',
      connections: CONNECTIONS,
      timeout: ANSWER_DEADLINE,
      duration: duration / 1_000 + ANSWER_DEADLINE, // we end it ourselves
      sampleInt: STOP_WITHIN,
      setupClient(client) {
        const share = shares[next++ % CONNECTIONS] ?? [];
        client.setRequests(share.map((request) => toRequest(request, verify, fail)));
      },
    },
    (error: unknown) => (error ? reject(error) : resolve()),
  );

  function end(): void {
    if (ended !== 0) return;
    ended = performance.now();
    instance.stop();
  }
  function fail(reason: string): void {
    fault ??= new BenchError(`${url}: ${reason}`);
    end();
  }
  const begun = performance.now();
  const timer = setTimeout(end, duration);
  signal.addEventListener('abort', end, { once: true });
  instance.on('reqError', (error: unknown) => fail(`a request failed: ${String(error)}`));
  instance.on('response', (client, status, _bytes, time) => {
    if (ended !== 0) return;
    if (status !== 201) return fail(`an answer was ${status}, not 201`);
    times.push(time);
    if (repeat) return;
    const count = (sent.get(client) ?? 0) + 1;
    sent.set(client, count);
    // The connection's next request would be its first again: end a moment earlier.
    if (count >= Math.floor(options.requests.length / CONNECTIONS) - 1) end();
  });
  try {
    await finished;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
  signal.throwIfAborted();
  if (fault) throw fault;
  if (times.length === 0) throw new BenchError(`${url}: nothing was answered`);
  return {
    count: times.length,
    rate: times.length / ((ended - begun) / 1_000),
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
  };
}

function toRequest(
  { path, bearer, verify }: LoadRequest,
  verifies: boolean,
  fail: (reason: string) => void,
): autocannon.Request {
  const request = { method: 'POST', path, headers: { authorization: `Bearer ${bearer}` } } as const;
  if (!verifies) return request;
  return {
    ...request,
    onResponse(status, body) {
      try {
        if (status === 201) verify(body);
      } catch (error) {
        fail(`the answer of ${path} is wrong: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}
