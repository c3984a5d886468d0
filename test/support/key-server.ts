import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SigningPair } from './signing-key.ts';

/** Where a realm publishes its keys, in this process: which ones, whether it answers, how often it was asked. */
export type KeyServer = AsyncDisposable &
  Readonly<{
    realmUrl: string;
    publish(...keys: readonly SigningPair[]): void;
    /** From now on it answers with this instead. */
    answer(listener: RequestListener): void;
    asked(): number;
    /** Resolves at the next request. */
    nextRequest(): Promise<void>;
  }>;

export const broken: RequestListener = (_request, response) => void response.writeHead(500).end('broken');
/** Takes the request and says nothing. */
export const silent: RequestListener = () => {};

export async function startKeyServer(...keys: readonly SigningPair[]): Promise<KeyServer> {
  const publishing =
    (published: readonly SigningPair[]): RequestListener =>
    (_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }));
    };
  let listener = publishing(keys);
  let count = 0;
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/realms/test/protocol/openid-connect/certs') {
      response.writeHead(404).end();
      return;
    }
    count += 1;
    for (const resolve of waiting.splice(0)) resolve();
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    realmUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/test`,
    publish: (...published) => {
      listener = publishing(published);
    },
    answer: (other) => {
      listener = other;
    },
    asked: () => count,
    nextRequest: () =>
      new Promise((resolve) => {
        waiting = [...waiting, resolve];
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
