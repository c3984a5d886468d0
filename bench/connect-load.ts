import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Measured } from './result.ts';
import { BenchError } from './row.ts';
import { percentile } from './statistics.ts';

/** Clients that connect at once, each again as soon as it is in. */
export const CLIENTS = 32;
/** One that is not in by then is a failure. Milliseconds. */
const IN_WITHIN = 5_000;

/** What a client says of itself in NATS' CONNECT. */
export type Login = Readonly<{ user?: string; pass?: string; auth_token?: string }>;

/**
 * Connects to a nats-server for a while, as fast as it lets clients in, and takes the time from the socket's opening to
 * the server's PONG. The protocol is spoken by hand, so that a client library's cost is on neither side.
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
  const lines = logins.map(
    (login) =>
      `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, lang: 'bench', version: '1', protocol: 1, ...login })}\r\nPING\r\n`,
  );
  const times: number[] = [];
  const began = performance.now();
  let next = 0;
  const isOver = (): boolean =>
    duration === null ? next >= lines.length : performance.now() - began >= duration;

  async function client(): Promise<void> {
    while (!isOver()) {
      signal.throwIfAborted();
      const line = lines[next++ % lines.length] ?? '';
      const start = performance.now();
      await comeIn(port, line);
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

async function comeIn(port: number, line: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.setTimeout(IN_WITHIN, () => socket.destroy(new BenchError('a client was kept waiting')));
  try {
    await heard(socket, 'INFO ');
    socket.write(line);
    await heard(socket, 'PONG');
  } finally {
    socket.destroy();
  }
}

/** @throws BenchError when something else comes, or the connection ends */
async function heard(socket: Socket, word: string): Promise<void> {
  const [said] = (await Promise.race([
    once(socket, 'data'),
    once(socket, 'close').then(() => {
      throw new BenchError('a connection was ended');
    }),
  ])) as [Buffer];
  if (!said.toString().startsWith(word)) throw new BenchError(`a client was told ${said.toString().trim()}`);
}
