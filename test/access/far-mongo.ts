import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { output } from '../support/stack.ts';

/** The stack's MongoDB as one sees it who is far away: each byte takes its time, there and back. */
export type FarMongo = AsyncDisposable & {
  readonly url: string /** Milliseconds, one way. */;
  delay: number;
};

export async function farMongo(): Promise<FarMongo> {
  const near = new URL(output('MONGO_URL'));
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const store = connect(Number(near.port), near.hostname);
    for (const [from, to] of [
      [client, store],
      [store, client],
    ] as const) {
      open.add(from);
      from.setNoDelay(true);
      // Timers of the same length go off in the order in which they were set; and it only ever gets nearer when idle.
      from.on('data', (bytes) => void setTimeout(() => to.writable && to.write(bytes), far.delay));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(near);
  url.port = `${(server.address() as AddressInfo).port}`;
  const far: FarMongo = {
    url: url.href,
    delay: 0,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return far;
}
