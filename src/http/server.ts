import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Express } from 'express';
import { ServiceError } from '../errors.ts';
import { toProblem } from './problem.ts';

/** No request of ours takes long: what has not arrived by then never will. Milliseconds. */
const REQUEST_TIMEOUT = 15_000;
const HEADERS_TIMEOUT = 10_000;
/** Longer than the gateway keeps idle connections, so that it never sends into one that we just closed. */
const KEEP_ALIVE_TIMEOUT = 130_000;

/**
 * How long we go on listening once we stop: by then the gateway, which asks for our health every second, sends
 * nothing more, and what was on its way has come. Connections that are silent then are closed. Milliseconds.
 */
const LINGER = 1_500;
const LOOK_EVERY = 20;

/** A listening server. Disposing lets requests finish, stops accepting, and cuts what is left after `grace`. */
export type Listening = AsyncDisposable & Readonly<{ port: number; server: Server }>;

/** @param options.port 0 lets the system choose @throws the listen error, such as EADDRINUSE */
export async function listen(
  app: Express,
  options: { host: string; port: number; grace: number },
): Promise<Listening> {
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT,
      headersTimeout: HEADERS_TIMEOUT,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    },
    app,
  );
  server.on('clientError', answerBrokenRequest);
  const drain = draining(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const cut = setTimeout(() => server.closeAllConnections(), options.grace);
      await drain.begin(Math.min(LINGER, options.grace));
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      drain.closeSilent();
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Watches a server's connections, so that it can stop without cutting a request that is on its way. */
function draining(server: Server) {
  const sockets = new Set<Socket>();
  const open = new Set<ServerResponse>();
  let begun = false;
  const makeLast = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (begun) makeLast(response);
    open.add(response);
    response.once('close', () => open.delete(response));
  });
  return {
    /**
     * From now on every answer is the last of its connection, and tells the client so. Resolves when nobody is
     * connected any more, or after `linger` milliseconds.
     */
    async begin(linger: number): Promise<void> {
      const deadline = performance.now() + linger;
      begun = true;
      open.forEach(makeLast);
      // A turn first: connections that the system has taken already are waiting to be seen.
      await turn();
      while (sockets.size > 0 && performance.now() < deadline) await sleep(LOOK_EVERY);
    },
    /** Closes the connections that have no request; http's own close spares those that never had one. */
    closeSilent(): void {
      const busy = new Set([...open].map(({ socket }) => socket));
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
    },
  };
}

const BROKEN: Readonly<Record<string, ServiceError>> = {
  HPE_HEADER_OVERFLOW: new ServiceError(
    'HEADERS_TOO_LARGE',
    'The headers, the token among them, may have at most 16 KiB.',
  ),
  ERR_HTTP_REQUEST_TIMEOUT: new ServiceError('REQUEST_TIMEOUT', 'The request did not arrive in time.'),
};

/** Node's parser refuses before Express sees anything; such a client gets a problem like any other. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const refusal =
    BROKEN[error.code ?? ''] ?? new ServiceError('INVALID_REQUEST', 'This is not an HTTP request.');
  const problem = toProblem(refusal, undefined);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
