import { join as pathOf } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import type { Browser } from 'playwright-core';
import type { ManagerOptions, Socket, SocketOptions } from 'socket.io-client';
import { openBrowser } from '../support/browser.ts';
import { newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { administer } from '../support/keycloak.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import { asHost, first, isUser, lobbyIsQuiet, type Person, people, texts } from './support.ts';

/** The same short evening through the gateway, by each way in which Socket.IO's client may connect. */

let crowd: readonly [Person, Person, Person, Person];
let mongo: mongoose.Connection;
beforeAll(async () => {
  crowd = await people('alice', 'bob', 'carol', 'dave');
  mongo = await mongoose.createConnection(output('MONGO_URL')).asPromise();
});
afterAll(() => mongo.close());

const open: TestSocket[] = [];
afterEach(() => {
  for (const { socket } of open.splice(0)) socket.disconnect();
});

type Options = Partial<ManagerOptions & SocketOptions>;
const throughGateway = async ({ token }: Person, options: Options): Promise<TestSocket> => {
  const socket = await openSocket(token, output('PUBLIC_URL'), options);
  open.push(socket);
  return socket;
};
const transportOf = ({ socket }: TestSocket): string | undefined => socket.io.engine.transport.name;

/** The instances that people in this room are connected to. */
async function instancesOf(roomId: string): Promise<string[]> {
  const room = await mongo
    .collection<{ _id: string; seats: { connections: string[] }[] }>('rooms')
    .findOne({ _id: roomId });
  const connections = room?.seats.flatMap((seat) => seat.connections) ?? [];
  return [...new Set(connections.map((connection) => connection.split(':')[0] ?? ''))];
}

describe.each<[string, Options, transport: string]>([
  ['polls first and then upgrades, as it does by default,', {}, 'websocket'],
  ['only polls', { transports: ['polling'] }, 'polling'],
  ['begins with a WebSocket', { transports: ['websocket'] }, 'websocket'],
])('a client that %s', (_what, options, transport) => {
  it('meets the others, wherever the gateway puts them, and goes on after a cut', async () => {
    const [alice, bob, , dave] = crowd;
    const { id } = await newRoom(alice.token);
    const sockets: TestSocket[] = [];
    // One after another, so that each is placed when those before it are counted.
    for (const person of crowd) sockets.push(await throughGateway(person, options));
    const [a, b, c] = sockets as [TestSocket, TestSocket, TestSocket];
    for (const socket of sockets) await socket.do('room:join', { roomId: id });
    await eventually(() => expect(sockets.map(transportOf)).toEqual(sockets.map(() => transport)));
    expect(await instancesOf(id)).toHaveLength(2);

    await Promise.all(sockets.map((socket, n) => socket.do('chat:message', { message: `${n}` })));
    await eventually(() => expect(sockets.map((socket) => texts(socket).length)).toEqual([4, 4, 4, 4]));
    for (const socket of sockets) expect(texts(socket)).toEqual(texts(a));
    await a.hear('room:user-joined', ({ user }) => (user as { id: string }).id === dave.id);
    await eventually(async () => {
      await a.do('webrtc:offer', { sdp: 'x', targetUserId: bob.id });
      expect(b.all('webrtc:offer')).not.toEqual([]);
    });
    expect(c.all('webrtc:offer')).toEqual([]);

    for (let turn = 0; turn < 2; turn += 1) {
      await b.goAway();
      await c.do('chat:message', { message: `missed ${turn}` });
      await b.comeBack();
      expect(b.socket.recovered).toBe(true);
      await b.hear('chat:message', ({ message }) => message === `missed ${turn}`);
    }
    await c.do('chat:message', { message: 'last' });
    await b.hear('chat:message', ({ message }) => message === 'last');
    expect(texts(b)).toEqual(texts(c));
    await asHost('POST', `/rooms/${id}/kick/${bob.id}`, alice, first);
    for (const socket of sockets) await socket.hear('room:user-kicked', isUser(bob));
    await b.hear('lobby:entered', () => b.all('lobby:entered').length === 2);
    await lobbyIsQuiet(alice, b);
  });

  it('is told why it is cut before it is', async () => {
    const [eve] = await people('eve');
    const socket = await throughGateway(eve, options);
    await eventually(() => expect(transportOf(socket)).toBe(transport));
    await administer('POST', `/users/${eve.id}/logout`);
    await eventually(() => expect(socket.cuts).toEqual(['io server disconnect']));
    expect(socket.all('session:ended')).toEqual([{ code: 'TOKEN_REVOKED', message: expect.any(String) }]);
  });

  it('is cut by a message of more than 64 KiB, and comes back by itself', async () => {
    const [, bob] = crowd;
    const socket = await throughGateway(bob, options);
    await eventually(() => expect(transportOf(socket)).toBe(transport));
    socket.socket.emit('chat:message', { message: 'x'.repeat(65 * 1_024) });
    await eventually(() => expect(socket.cuts).toHaveLength(1));
    await socket.connected();
    expect(socket.socket.recovered).toBe(true);
    expect((await socket.ask('hand:raise')).error?.code).toBe('NO_SEAT');
  });
});

describe('a page in Chromium', () => {
  const library = pathOf(import.meta.dirname, '../../node_modules/socket.io-client/dist/socket.io.min.js');
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 120_000);
  afterAll(() => browser.close());

  /** A real page, with the library in it. What the test made up would count as public, which may not call us. */
  async function openPage(base: string) {
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(`${base}/info`);
    await page.addScriptTag({ path: library });
    return page;
  }

  it('of the gateway’s own origin is in the lobby, joins, talks, and goes on after a cut', async () => {
    const [alice, bob] = crowd;
    const { id } = await newRoom(alice.token);
    const a = await throughGateway(alice, {});
    await a.do('room:join', { roomId: id });
    const page = await openPage(output('PUBLIC_URL'));
    const talking = page.evaluate(
      async ({ token, roomId }) => {
        const { io } = globalThis as unknown as { io: (options: object) => Socket };
        const socket = io({ auth: { token }, reconnectionDelay: 50 });
        const hear = (name: string) => new Promise((resolve) => socket.once(name, resolve));
        await hear('lobby:entered');
        const joined = await socket.emitWithAck('room:join', { roomId });
        const connected = hear('connect');
        socket.io.engine.close();
        await connected;
        const answered = hear('hand:raised');
        const said = await socket.emitWithAck('chat:message', { message: 'from a page' });
        await answered;
        return { joined, said, recovered: socket.recovered, transport: socket.io.engine.transport.name };
      },
      { token: bob.token, roomId: id },
    );
    expect(await a.hear('chat:message')).toMatchObject({ message: 'from a page', sender: { id: bob.id } });
    await a.do('hand:raise');
    expect(await talking).toMatchObject({
      joined: { ok: true, room: { id } },
      said: { ok: true },
      recovered: true,
      transport: 'websocket',
    });
  });

  it.each(['polling', 'websocket'])('of another origin gets no connection, by %s', async (transport) => {
    const [alice] = crowd;
    const here = output('PUBLIC_URL');
    const page = await openPage(here.replace('localhost', '127.0.0.1'));
    const outcome = await page.evaluate(
      ({ url, token, transports }) => {
        const { io } = globalThis as unknown as { io: (url: string, options: object) => Socket };
        const socket = io(url, { auth: { token }, transports, reconnection: false });
        return new Promise((resolve) => {
          socket.once('connect', () => resolve('let in'));
          socket.once('connect_error', ({ message }) => resolve(message));
        });
      },
      { url: here, token: alice.token, transports: [transport] },
    );
    expect(outcome).toMatch(/^(xhr poll error|websocket error)$/);
  });
});
