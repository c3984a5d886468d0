import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { io, type ManagerOptions, type Socket } from 'socket.io-client';
import { eventually } from '../support/eventually.ts';
import { type SocketIoInstance, startSocketIoInstance } from './socket-io-instance.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

/** Real Socket.IO on both sides. Node's client keeps no cookies; left to itself it polls, then upgrades. */

let a: SocketIoInstance;
let b: SocketIoInstance;
let gateway: Gateway;
const clients: Socket[] = [];

beforeEach(async () => {
  a = await startSocketIoInstance('a');
  b = await startSocketIoInstance('b');
  gateway = await startGateway([a.port, b.port]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await a?.[Symbol.asyncDispose]();
  await b?.[Symbol.asyncDispose]();
  await gateway?.[Symbol.asyncDispose]();
});

/** So many clients, each over connections of its own, once they are connected. */
async function connect(
  count: number,
  options: Partial<ManagerOptions> = {},
  url = gateway.url,
): Promise<Socket[]> {
  const made = Array.from({ length: count }, () => io(url, { forceNew: true, ...options }));
  clients.push(...made);
  await Promise.all(made.map((client) => next(client, 'connect')));
  return made;
}
const next = (client: Socket, event: string): Promise<void> =>
  new Promise((resolve) => client.once(event, () => resolve()));
const whereIs = (client: Socket): Promise<string> => client.timeout(3_000).emitWithAck('whoami');
const transportOf = (client: Socket): string | undefined => client.io.engine.transport.name;

/** How many of the clients are at which instance, by what the instance says. */
async function spread(of: readonly Socket[]): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const name of await Promise.all(of.map(whereIs))) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Asks for a WebSocket at exactly this path. Milliseconds until the answer. */
async function askForUpgrade(url: string, path: string): Promise<{ status: number; took: number }> {
  const began = performance.now();
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const { port } = new URL(url);
  const status = await new Promise<number>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, agent: false }).end();
    asked.once('response', (answer) => resolve(answer.resume().statusCode ?? 0));
    asked.once('upgrade', (answer) => resolve(answer.statusCode ?? 0));
    asked.once('error', reject);
  });
  return { status, took: performance.now() - began };
}

describe('Socket.IO through the gateway', () => {
  it.each<[string, Partial<ManagerOptions>]>([
    ['that only poll', { transports: ['polling'] }],
    ['that poll and then upgrade', {}],
    ['that begin with a WebSocket', { transports: ['websocket'] }],
  ])('twenty clients %s each stay with their instance, some at either', async (_what, options) => {
    const all = await connect(20, { ...options, reconnection: false });
    for (let time = 0; time < 5; time += 1) {
      const { a: atA = 0, b: atB = 0 } = await spread(all);
      expect(atA + atB).toBe(20);
      // Not ten each: of those that come in one moment, some are placed before the others are counted.
      expect(Math.min(atA, atB)).toBeGreaterThanOrEqual(2);
    }
    const wanted = options.transports?.[0] ?? 'websocket';
    await eventually(() => expect(all.map(transportOf)).toEqual(all.map(() => wanted)));
    expect(all.every((client) => client.connected)).toBe(true);
  });

  it('works over TLS', async () => {
    const all = await connect(6, { reconnection: false, rejectUnauthorized: false }, gateway.tlsUrl);
    await eventually(() => expect(all.map(transportOf)).toEqual(all.map(() => 'websocket')));
    expect(Object.values(await spread(all)).reduce((sum, count) => sum + count)).toBe(6);
  });

  it('a long poll is answered when there is something to say, not later', async () => {
    const all = await connect(4, { transports: ['polling'] });
    const news = Promise.all(all.map((client) => next(client, 'news')));
    const began = performance.now();
    a.io.emit('news', 'x'.repeat(5_000)); // long enough that it is compressed
    b.io.emit('news', 'x'.repeat(5_000));
    await news;
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each(['polling', 'websocket'])('carries far more than one body may have, by %s', async (transport) => {
    const [client] = await connect(1, { transports: [transport] });
    for (let time = 0; time < 14; time += 1)
      expect(await client?.timeout(5_000).emitWithAck('take', 'x'.repeat(900_000))).toBe(900_000);
  });

  it.each(['polling', 'websocket'])(
    'clients of an instance that is gone connect to the other, by %s',
    async (transport) => {
      const all = await connect(10, { transports: [transport], reconnectionDelay: 100 });
      await a[Symbol.asyncDispose]();
      await eventually(async () => expect(await spread(all)).toEqual({ b: 10 }));
    },
  );

  it('WebSockets stay with an instance that is not ready; only new ones go elsewhere', async () => {
    const before = await connect(10, { transports: ['websocket'] });
    const places = await Promise.all(before.map(whereIs));
    let cut = 0;
    for (const client of before) client.on('disconnect', () => (cut += 1));
    a.isReady = false;
    await eventually(async () => {
      const [first, second, third] = await connect(3, { transports: ['websocket'] });
      expect(await spread([first, second, third] as Socket[])).toEqual({ b: 3 });
    });
    expect(await Promise.all(before.map(whereIs))).toEqual(places);
    expect(cut).toBe(0);
  });

  // Node gives every upgrade to Socket.IO, which hangs up on those that are not its own; to the gateway that is
  // an instance that fails, and whoever asks for it once a second would have all of them put aside.
  it.each(['/api/x', '/health/live', '/SOCKET.IO/', '/%73ocket.io/', '//socket.io/', '/x/../socket.io/'])(
    'an upgrade of %s is an ordinary request, which puts no instance aside',
    async (path) => {
      const { status, took } = await askForUpgrade(gateway.url, path);
      expect(status).toBe(200);
      expect(took).toBeLessThan(500);
    },
  );

  it('a WebSocket more at one instance does not send all other requests to the other', async () => {
    await connect(3, { transports: ['websocket'] });
    const names = new Set<string>();
    for (let time = 0; time < 10; time += 1) names.add(await (await fetch(`${gateway.url}/api/x`)).text());
    expect([...names].toSorted()).toEqual(['a', 'b']);
  });
});
