import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A MongoDB as an instance sees it whose network fails. */
export type CutMongo = AsyncDisposable &
  Readonly<{
    url: string;
    /** Nothing goes through any more, and nobody gets a connection. */
    cut(): void;
    mend(): void;
    /** From the moment on in which it is sent this text, it does what it is asked and its answers are lost. */
    loseAnswersAfter(text: string): void;
  }>;

/** @param store the address of the real one, with the database that is meant */
export async function cutMongo(store: string): Promise<CutMongo> {
  const near = new URL(store);
  const open = new Set<Socket>();
  let isCut = false;
  let fatal: string | null = null;
  let isMute = false;
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const there = connect(Number(near.port), near.hostname);
    for (const [from, to] of [
      [client, there],
      [there, client],
    ] as const) {
      open.add(from.setNoDelay(true));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        open.delete(from);
        to.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (fatal !== null && bytes.includes(fatal)) isMute = true;
      there.write(bytes);
    });
    there.on('data', (bytes) => {
      if (!isMute) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(near);
  url.port = `${(server.address() as AddressInfo).port}`;
  return {
    url: url.href,
    cut() {
      isCut = true;
      for (const socket of open) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    loseAnswersAfter(text) {
      fatal = text;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
