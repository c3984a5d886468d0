import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { tagOf } from './start-gateway.ts';

/** An instance that has a real Socket.IO and nothing else. Disposing cuts all its connections. */
export type SocketIoInstance = AsyncDisposable & {
  readonly name: string;
  readonly port: number;
  readonly io: Server;
  /** What its readiness check says; true at first. */
  isReady: boolean;
};

/** Its event `whoami` answers with its name; `take` with the length of what came. */
export async function startSocketIoInstance(name: string): Promise<SocketIoInstance> {
  const http = createServer((request, response) => {
    if (request.url?.startsWith('/socket.io/')) return; // Engine.IO answers
    response.writeHead(instance.isReady ? 200 : 503).end(name);
  });
  const io = new Server(http);
  io.engine.generateId = (request: IncomingMessage): string =>
    `${randomBytes(15).toString('base64url')}.${tagOf(`${request.headers['x-gateway-upstream']}`)}`;
  io.on('connection', (socket) => {
    socket.on('whoami', (answer: (name: string) => void) => answer(name));
    socket.on('take', (text: string, answer: (length: number) => void) => answer(text.length));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const instance: SocketIoInstance = {
    name,
    port: (http.address() as AddressInfo).port,
    io,
    isReady: true,
    async [Symbol.asyncDispose]() {
      const closed = io.close();
      http.closeAllConnections();
      await closed;
    },
  };
  return instance;
}
