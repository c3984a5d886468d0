import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

/** A scrape is one short request. Milliseconds. */
const REQUEST_TIMEOUT = 5_000;
/** Some who scrape, and whoever looks; more would be a mistake or an attack. */
const CONNECTIONS = 50;
/** Prometheus' text format; from version 3 on it refuses an answer that does not name one. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `GET /metrics` and nothing else, at a port of its own: the gateway never passes it on, and whoever scrapes
 * does not wait in line with users. Disposing cuts a scrape that is under way.
 *
 * @param options.port 0 lets the system choose @throws the listen error, such as EADDRINUSE
 */
export async function serveMetrics(options: {
  metrics: Pick<Metrics, 'text'>;
  host: string;
  port: number;
}): Promise<AsyncDisposable & Readonly<{ port: number }>> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT, headersTimeout: REQUEST_TIMEOUT },
    answering(options.metrics),
  );
  server.maxConnections = CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

const answering =
  (metrics: Pick<Metrics, 'text'>): RequestListener =>
  (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' || path !== '/metrics') {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Only GET /metrics is here.\n');
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': CONTENT_TYPE }).end(text),
      () => response.writeHead(500, { 'Content-Type': 'text/plain' }).end('The metrics cannot be read.\n'),
    );
  };
