import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { startInstance } from '../support/service.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { inOrder, joinFor, type Listener, listen, type Told } from './listener.ts';
import { type NatsServers, openManager, startNatsServers } from './nats-servers.ts';

/** What happens in rooms, at two instances and whatever happens to NATS, as NATS clients hear it. */

jest.setTimeout(120_000);

type Instance = Awaited<ReturnType<typeof startInstance>>;
type Person = Awaited<ReturnType<typeof newPerson>>;

let nats: NatsServers;
let database: Awaited<ReturnType<typeof ownDatabaseUrl>>;
let settings: Record<string, string>;
let first: Instance;
let second: Instance;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  [nats, database] = await Promise.all([startNatsServers(), ownDatabaseUrl()]);
  settings = {
    ...nats.settings,
    MONGO_URL: database.url,
    LIMIT_CHAT: '10000/1s',
    LIMIT_SOCKET_EVENT: '10000/1s',
    // Nobody here has LiveKit, and NATS is away for longer than a grace.
    ROOM_EMPTY_GRACE: '120s',
    SEAT_LEASE: '120s',
  };
  first = await startInstance({ ...settings, INSTANCE_ID: 'first' });
  second = await startInstance({ ...settings, INSTANCE_ID: 'second' });
  [alice, bob, carol] = await Promise.all([newPerson('alice'), newPerson('bob'), newPerson('carol')]);
});
afterAll(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** Alice's room: she is at a socket of the first instance, Bob at one of the second, Carol hears by NATS. */
async function aRoom(more: object = {}) {
  const { body } = await call('POST', '/rooms', {
    base: first.api,
    token: alice.token,
    body: { title: 'A test', ...more },
  });
  const roomId = (body as unknown as { id: string }).id;
  const messaging = await joinFor(roomId, carol.token, second.api);
  const listener = await eventually(() => listen(messaging, nats.urls));
  const a = await openSocket(alice.token, first.url);
  const b = await openSocket(bob.token, second.url);
  await a.do('room:join', { roomId });
  await b.do('room:join', { roomId });
  await hears(listener, 'room:user-joined', bob);
  for (const socket of [a, b]) socket.clear();
  return {
    roomId,
    a,
    b,
    listener,
    async [Symbol.asyncDispose]() {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
}

const hears = (listener: Listener, type: string, { id }: Person): Promise<Told> =>
  eventually(() => {
    const about = ({ data }: Told) =>
      data['userId'] === id || (data['user'] as { id?: string } | undefined)?.id === id;
    const found = listener.system.find((one) => one.type === type && about(one));
    if (!found) throw new Error(`did not hear ${type}: ${listener.system.map((one) => one.type)}`);
    return found;
  });

/** Both talk at once, through both instances, until each has said so much. Resolves when all is acknowledged. */
async function talk(sockets: readonly TestSocket[], times: number, words: string): Promise<string[]> {
  const said: string[] = [];
  await Promise.all(
    sockets.map(async (socket, who) => {
      for (let n = 0; n < times; n += 1) {
        const message = `${words} ${who}.${n}`;
        await socket.do('chat:message', { message });
        said.push(message);
        if (n % 5 === 0) await socket.do(n % 2 === 0 ? 'hand:raise' : 'hand:lower');
      }
    }),
  );
  return said;
}

const texts = (told: readonly Told[]): unknown[] => told.map(({ data }) => data['message']);
const seqs = (told: readonly Told[]): number[] => told.map(({ seq }) => seq);
const rising = (numbers: readonly number[]): number[] => [...new Set(numbers)].toSorted((x, y) => x - y);

/** What a socket heard of the room, as NATS clients hear it. */
const atSocket = (socket: TestSocket, names: RegExp) =>
  socket.heard.filter(({ name }) => names.test(name)).map(({ name, payload }) => [name, payload]);
const atListener = (told: readonly Told[]) => told.map(({ type, data }) => [type, data]);

/** How many messages of the chat lie in the room's stream. */
async function toldIn(roomId: string): Promise<number> {
  await using manager = await openManager(nats.urls);
  const { state } = await manager.jsm.streams.info(roomId, { subjects_filter: `chat.${roomId}` });
  return state.subjects?.[`chat.${roomId}`] ?? 0;
}

describe('what happens in a room', () => {
  it('is heard once and in order, as sockets hear it, when two instances write at once', async () => {
    await using room = await aRoom();
    const { a, b, listener, roomId } = room;
    const before = listener.system.length;
    const said = await talk([a, b, a, b], 25, 'word');
    const asHost = (method: string, path: string) =>
      call(method, `/rooms/${roomId}${path}`, { token: alice.token, base: second.api });
    await asHost('POST', `/mute/${bob.id}`);
    await asHost('POST', `/host/${bob.id}`);
    await b.hear('room:host-changed');
    await eventually(() => expect(listener.chat).toHaveLength(said.length), 20_000);
    await hears(listener, 'room:host-changed', bob);
    await eventually(() => expect(a.all('chat:message')).toHaveLength(said.length));

    expect(atListener(listener.chat)).toEqual(atSocket(a, /^chat:/));
    expect(atListener(listener.system.slice(before))).toEqual(atSocket(a, /^(hand|media|room):/));
    expect(seqs(listener.chat)).toEqual(rising(seqs(listener.chat)));
    expect(seqs(listener.system)).toEqual(rising(seqs(listener.system)));
    for (const { id, time, data } of listener.chat)
      expect([id, time]).toEqual([data['id'], data['createdAt']]);
  });

  it('that is not for everybody is not told: who was forgiven, who is invited', async () => {
    const kicked = await newPerson('kicked');
    await using room = await aRoom({ access: 'private', invited: [bob.id, carol.id, kicked.id] });
    const { a, listener, roomId } = room;
    const asHost = (method: string, path: string, body?: object) =>
      call(method, `/rooms/${roomId}${path}`, {
        token: alice.token,
        base: second.api,
        ...(body ? { body } : {}),
      });
    await asHost('POST', `/kick/${kicked.id}`);
    await asHost('DELETE', `/kick/${kicked.id}`);
    await asHost('PATCH', '', { topic: 'Verbs' });
    await a.do('hand:raise');
    await hears(listener, 'hand:raised', alice);
    expect(JSON.stringify(listener.system)).not.toContain(kicked.id);
    expect(listener.system.map(({ type }) => type)).toContain('room:updated');
  });
});

describe('NATS', () => {
  it('restarts while people talk: the same consumers go on, nothing is missed, nothing comes twice', async () => {
    await using room = await aRoom();
    const { a, b, listener, roomId } = room;
    const { stream, consumers } = listener.messaging;
    const createdAt = async () => {
      await using manager = await openManager(nats.urls);
      const infos = Object.values(consumers).map((name) => manager.jsm.consumers.info(stream, name));
      return (await Promise.all(infos)).map(({ created }) => created);
    };
    const created = await createdAt();
    const [said] = await Promise.all([
      talk([a, b], 100, 'word'),
      (async () => {
        await eventually(() => expect(listener.chat.length).toBeGreaterThan(20));
        await nats.stop();
        await nats.start();
      })(),
    ]);
    await eventually(() => expect(listener.chat.length).toBeGreaterThanOrEqual(said.length), 60_000);
    await a.do('chat:message', { message: 'last' });
    await eventually(() => expect(texts(listener.chat)).toContain('last'));
    expect(await createdAt()).toEqual(created);
    await eventually(() => expect(a.all('chat:message')).toHaveLength(said.length + 1));
    expect(atListener(inOrder(listener.chat))).toEqual(atSocket(a, /^chat:/));
    expect(seqs(inOrder(listener.system))).toEqual(rising(seqs(listener.system)));
    expect(await toldIn(roomId)).toEqual(listener.chat.length);
  });

  it('is away while people talk: they do not notice, and it is told when it is back', async () => {
    await using room = await aRoom();
    const { a, b, listener } = room;
    await nats.kill();
    const said = await talk([a, b], 30, 'unheard');
    const { status } = await call('GET', '/rooms', { base: first.api });
    expect(status).toBe(200);
    expect(listener.chat).toEqual([]);
    await nats.start();
    await eventually(() => expect(listener.chat).toHaveLength(said.length), 60_000);
    await a.do('chat:message', { message: 'last' });
    await eventually(() => expect(texts(listener.chat)).toContain('last'));
    expect(atListener(inOrder(listener.chat))).toEqual(atSocket(a, /^chat:/));
  });

  it('has lost everything: streams are made anew, and what happens from then on is heard', async () => {
    await using room = await aRoom();
    const { a, b, listener } = room;
    await talk([a, b], 5, 'before');
    await eventually(() => expect(listener.chat).toHaveLength(10));
    await nats.kill();
    nats.empty();
    await nats.start();
    await eventually(async () => {
      await a.do('chat:message', { message: 'after' });
      expect(texts(listener.chat)).toContain('after');
    }, 60_000);
    expect(seqs(inOrder(listener.chat))).toEqual(rising(seqs(listener.chat)));
    expect(
      texts(listener.chat)
        .slice(0, 10)
        .every((text) => String(text).startsWith('before')),
    ).toBe(true);
    expect(
      texts(listener.chat)
        .slice(10)
        .every((text) => text === 'after'),
    ).toBe(true);
  });
});

describe('an instance', () => {
  it('tells what another wrote and did not live to tell', async () => {
    await using room = await aRoom();
    const { roomId, listener } = room;
    // It writes, and has no door of NATS at all.
    const { NATS_URL: _url, ...mute } = settings;
    await using silent = await startInstance({ ...mute, NATS_URL: '', INSTANCE_ID: 'silent' });
    await using d = await openSocket(bob.token, silent.url);
    await d.do('room:join', { roomId });
    await d.do('chat:message', { message: 'one' });
    await d.do('chat:message', { message: 'two' });
    await d.do('hand:raise');
    await eventually(() => expect(texts(listener.chat)).toEqual(['one', 'two']), 25_000);
    await hears(listener, 'hand:raised', bob);
  });
});
