import { type ConnectionOptions, connect } from '@nats-io/transport-node';
import type { Measured } from './result.ts';
import { BenchError } from './row.ts';
import { percentile } from './statistics.ts';

/** Clients that connect at once, each again as soon as it is in. */
export const CLIENTS = 32;
/** One that is not in by then is a failure. Milliseconds. */
const IN_WITHIN = 5_000;

/** Who a client says that it is. */
export type Login = Readonly<Pick<ConnectionOptions, 'user' | 'pass' | 'token'>>;

/**
 * Connects to a nats-server for a while, as fast as it lets clients in, and takes the time until each is in. By the
 * library that clients have: what it costs is on both sides.
 *
 * @param logins used in turn
 * @throws BenchError when anyone is not let in
 */
export async function connectLoad(options: {
  port: number;
  logins: readonly Login[];
  /** Milliseconds; without it each login is used once. */
  duration: number | null;
  signal: AbortSignal;
}): Promise<Measured & { count: number }> {
  const { port, logins, duration, signal } = options;
  const times: number[] = [];
  const began = performance.now();
  let next = 0;
  const isOver = (): boolean =>
    duration === null ? next >= logins.length : performance.now() - began >= duration;

  async function client(): Promise<void> {
    while (!isOver()) {
      signal.throwIfAborted();
      const login = logins[next++ % logins.length] ?? {};
      const start = performance.now();
      await comeIn(port, login);
      times.push(performance.now() - start);
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const took = performance.now() - began;
  return {
    rate: (times.length * 1_000) / took,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    count: times.length,
  };
}

async function comeIn(port: number, login: Login): Promise<void> {
  const connection = await connect({
    ...login,
    port,
    timeout: IN_WITHIN,
    reconnect: false,
  }).catch((cause: unknown) => {
    throw new BenchError(`a client was not let in: ${cause instanceof Error ? cause.message : cause}`);
  });
  await connection.close();
}
