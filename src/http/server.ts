import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Express } from 'express';
import { ServiceError } from '../errors.ts';
import { PROBLEMS, toProblem } from './problem.ts';

/** No request of ours takes long: what has not arrived by then never will. Milliseconds. */
const REQUEST_TIMEOUT = 15_000;
const HEADERS_TIMEOUT = 10_000;
/** Longer than the gateway keeps idle connections, so that it never sends into one that we just closed. */
const KEEP_ALIVE_TIMEOUT = 130_000;

/** A listening server. Disposing stops accepting, lets requests finish, and cuts what is left after `grace`. */
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
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), options.grace);
      await closed;
      clearTimeout(cut);
    },
  };
}

/** Node's parser refuses before Express sees anything; such a client gets a problem like any other. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const problem = toProblem(
    tooLarge
      ? new ServiceError('HEADERS_TOO_LARGE', 'The headers, the token among them, may have at most 16 KiB.')
      : new ServiceError('INVALID_REQUEST', 'This is not an HTTP request.'),
    undefined,
  );
  const body = JSON.stringify(problem);
  const status = tooLarge ? PROBLEMS.HEADERS_TOO_LARGE.status : PROBLEMS.INVALID_REQUEST.status;
  socket.end(
    `HTTP/1.1 ${status} ${problem.title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
