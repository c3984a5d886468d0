import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { output } from '../support/stack.ts';

/** The stack's MongoDB as one sees it who is far away: each byte takes its time, there and back. */
export type FarMongo = AsyncDisposable & {
  readonly url: string;
  /** Milliseconds, one way. */
  delay: number;
};

export async function farMongo(): Promise<FarMongo> {
  const near = new URL(output('MONGO_URL'));
  const open = new Set<Socket>();
  const carry = (from: Socket, to: Socket): void => {
    let before = Promise.resolve();
    from.on('data', (bytes) => {
      const due = performance.now() + far.delay;
      before = before.then(async () => {
        const left = due - performance.now();
        if (left > 0) await sleep(left);
        if (to.writable) to.write(bytes);
      });
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      open.delete(from);
      to.destroy();
    });
    open.add(from.setNoDelay(true));
  };
  const server = createServer((client) => {
    const store = connect(Number(near.port), near.hostname);
    carry(client, store);
    carry(store, client);
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
