import { once } from 'node:events';
import { createServer, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tagOf } from './start-gateway.ts';

/** What an echo says of the request that it got. */
export type Echoed = Readonly<{ name: string; headers: Readonly<Record<string, string>> }>;

/** Stands for an instance of the service: its name and the headers that arrived are its answer to everything. */
export type Echo = AsyncDisposable & {
  readonly name: string;
  readonly port: number;
  /** As the gateway is told it, and dials it. */
  readonly address: string;
  readonly tag: string;
  /** What its readiness check says; true at first. */
  isReady: boolean;
};

/** @param port 0 lets the system choose */
export async function startEcho(name: string, port = 0): Promise<Echo> {
  const server = createServer((request, response) => {
    const status = request.url === '/health/ready' && !echo.isReady ? 503 : 200;
    response.writeHead(status, { 'Content-Type': 'application/json' });
    request.resume().once('end', () => response.end(JSON.stringify({ name, headers: request.headers })));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const at = (server.address() as AddressInfo).port;
  const address = `127.0.0.1:${at}`;
  const echo: Echo = {
    name,
    port: at,
    address,
    tag: tagOf(address),
    isReady: true,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return echo;
}

/** Asks for a URL, with headers that `fetch` would not send. @throws unless the answer is 200 */
export async function ask(
  url: string,
  options: Readonly<{ method?: string; headers?: OutgoingHttpHeaders; body?: string }> = {},
): Promise<Echoed> {
  const { method = 'GET', headers = {}, body } = options;
  const asked = request(url, { method, headers, agent: false }).end(body);
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  if (answer.statusCode !== 200) throw new Error(`${method} ${url} answered ${answer.statusCode}: ${text}`);
  return JSON.parse(text) as Echoed;
}
