import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Redis } from 'ioredis';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { type PrivateRedis, startPrivateRedis } from '../support/private-redis.ts';
import { startInstance } from '../support/service.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { output, stack } from '../support/stack.ts';

/** Redis is emptied, or goes away and comes back: what it carried goes on, or pauses and catches up. */

jest.setTimeout(40_000);

type Instance = Awaited<ReturnType<typeof startInstance>>;
type Person = Awaited<ReturnType<typeof newPerson>>;

let redis: PrivateRedis;
let database: Awaited<ReturnType<typeof ownDatabaseUrl>>;
let first: Instance;
let second: Instance;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  [redis, database] = await Promise.all([startPrivateRedis(), ownDatabaseUrl()]);
  const settings = {
    REDIS_URL: redis.url,
    // Of their own: those who look at the stack's Redis would think these instances dead.
    MONGO_URL: database.url,
    PRESENCE_LEASE: '1500ms',
    ROOM_EMPTY_GRACE: '1s',
    LIMIT_CREATE_ROOM: '1000/1s',
    LIMIT_JOIN: '1000/1s',
    LIMIT_CHAT: '1000/1s',
  };
  first = await startInstance({ ...settings, INSTANCE_ID: 'first' });
  second = await startInstance({ ...settings, INSTANCE_ID: 'second' });
  [alice, bob, carol] = (await Promise.all(['alice', 'bob', 'carol'].map((name) => newPerson(name)))) as [
    Person,
    Person,
    Person,
  ];
});
afterAll(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

async function roomAt(instance: Instance, more: object = {}): Promise<string> {
  const { body } = await call('POST', '/rooms', {
    base: instance.api,
    token: alice.token,
    body: { title: 'A test', ...more },
  });
  return (body as unknown as { id: string }).id;
}

/** Alice at the first instance and Bob at the second, in one room. */
async function aRoomOfTwo() {
  const roomId = await roomAt(first);
  const a = await openSocket(alice.token, first.url);
  const b = await openSocket(bob.token, second.url);
  for (const socket of [a, b]) await socket.do('room:join', { roomId });
  return {
    roomId,
    a,
    b,
    async [Symbol.asyncDispose]() {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
    },
  };
}

const texts = (socket: TestSocket) => socket.all('chat:message').map(({ message }) => message);
const peopleIn = async (roomId: string) => {
  const { body } = await call('GET', `/rooms/${roomId}`, { base: first.api });
  return (body as unknown as { participants: { userId: string }[] }).participants.map(({ userId }) => userId);
};
const leasesStand = async (names: readonly string[]) => {
  const client = new Redis(redis.url);
  const keys = await client.keys('presence:*');
  client.disconnect();
  for (const name of names)
    if (!keys.some((key) => key.startsWith(`presence:${name}.`))) throw new Error(`no lease of ${name}`);
};
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('an emptied Redis', () => {
  it('is filled again: leases stand, nobody is thrown out, and instances go on telling each other', async () => {
    await using room = await aRoomOfTwo();
    await redis.empty();
    await room.a.do('chat:message', { message: 'after' });
    await room.b.hear('chat:message', ({ message }) => message === 'after');
    await eventually(() => leasesStand(['first', 'second']));
    // Longer than a lease, its patience and the grace together.
    await sleep(4_500);
    expect((await peopleIn(room.roomId)).toSorted()).toEqual([alice.id, bob.id].toSorted());
    expect(room.a.all('room:user-left')).toEqual([]);
    expect([...room.a.cuts, ...room.b.cuts]).toEqual([]);
  });
});

describe('while Redis is away', () => {
  it('people join and talk, each message is told once and in order at the other instance, and nobody is thrown out', async () => {
    await using room = await aRoomOfTwo();
    await redis.stop();
    const joined = await call('POST', `/rooms/${room.roomId}/join`, { base: second.api, token: carol.token });
    expect(joined.status).toBe(201);
    const said = Array.from({ length: 20 }, (_, n) => `message ${n}`);
    for (const message of said) await room.a.do('chat:message', { message });
    await eventually(() => expect(texts(room.b)).toEqual(said));
    await room.b.hear('room:user-joined', ({ user }) => (user as { id: string }).id === carol.id);
    await sleep(4_500);
    expect(await peopleIn(room.roomId)).toContain(bob.id);
    await redis.start();
    await eventually(() => leasesStand(['first', 'second']));
    await room.a.do('chat:message', { message: 'back' });
    await room.b.hear('chat:message', ({ message }) => message === 'back');
    await sleep(2_000);
    expect(await peopleIn(room.roomId)).toContain(bob.id);
    expect(texts(room.b)).toEqual([...said, 'back']);
    expect(room.b.all('room:user-left').filter(({ userId }) => userId === bob.id)).toEqual([]);
  });

  it('a socket joins, a relay within one instance goes, and one to another says that it does not', async () => {
    await using room = await aRoomOfTwo();
    await using c = await openSocket(carol.token, first.url);
    await redis.stop();
    await c.do('room:join', { roomId: room.roomId });
    await eventually(async () => {
      await c.do('webrtc:offer', { sdp: 'to alice', targetUserId: alice.id });
    });
    await room.a.hear('webrtc:offer', ({ sdp }) => sdp === 'to alice');
    expect(await c.ask('webrtc:offer', { sdp: 'to bob', targetUserId: bob.id })).toMatchObject({
      ok: false,
      error: { code: 'RELAY_UNAVAILABLE' },
    });
    await redis.start();
    await eventually(async () => {
      await c.do('webrtc:offer', { sdp: 'to bob again', targetUserId: bob.id });
      if (!room.b.all('webrtc:offer').some(({ sdp }) => sdp === 'to bob again')) throw new Error('not heard');
    });
    expect(room.b.all('webrtc:offer').some(({ sdp }) => sdp === 'to bob')).toBe(false);
  });

  it('the lobby of the other instance pauses, and hears what it missed once Redis is back', async () => {
    await using lobby = await openSocket(carol.token, second.url);
    await redis.stop();
    const made = await roomAt(first);
    const ended = await roomAt(first);
    await call('DELETE', `/rooms/${ended}`, { base: first.api, token: alice.token });
    await redis.start();
    const aboutOf = (id: string) =>
      lobby
        .all('room:list-update')
        .filter(({ room }) => (room as { id: string }).id === id)
        .map(({ action }) => action);
    await eventually(() =>
      expect([aboutOf(made).at(-1), aboutOf(ended).at(-1)]).toEqual(['created', 'ended']),
    );
    await sleep(1_500);
    expect(aboutOf(made)).toEqual(['created']);
    // Each once. The sweep may have told of the making before the end, when the first instance was slow to.
    expect([['ended'], ['created', 'ended']]).toContainEqual(aboutOf(ended));
  });
});

describe('an instance that others think dead, and is not', () => {
  it('counts its people in again: nobody loses their seat', async () => {
    await using room = await aRoomOfTwo();
    const client = new Redis(redis.url);
    // For as long as this goes on, the first instance's lease is seen by nobody.
    const until = performance.now() + 3_500;
    while (performance.now() < until) {
      const keys = await client.keys('presence:first.*');
      if (keys.length > 0) await client.del(...keys);
      await sleep(2);
    }
    client.disconnect();
    await sleep(2_500);
    expect((await peopleIn(room.roomId)).toSorted()).toEqual([alice.id, bob.id].toSorted());
    expect(room.b.all('room:user-left')).toEqual([]);
  });
});

describe('the channels of the list', () => {
  it('tell of each public room that is made or ended, in JSON, and of no private one', async () => {
    const client = new Redis(output('REDIS_URL'));
    const heard: { channel: string; message: { room: { id: string; title: string; status: string } } }[] = [];
    await client.subscribe('room:created', 'room:ended');
    client.on('message', (channel, message) => heard.push({ channel, message: JSON.parse(message) }));
    const make = async (more: object) => {
      const base = `${stack.instances[0]}/api/realtime`;
      const { body } = await call('POST', '/rooms', {
        base,
        token: alice.token,
        body: { title: 'Told', ...more },
      });
      const { id } = body as unknown as { id: string };
      await call('DELETE', `/rooms/${id}`, { base, token: alice.token });
      return id;
    };
    const hidden = await make({ access: 'private' });
    const open = await make({});
    const about = (id: string) => heard.filter(({ message }) => message.room.id === id);
    await eventually(() => expect(about(open)).toHaveLength(2));
    expect(about(open)).toMatchObject([
      { channel: 'room:created', message: { room: { title: 'Told', status: 'LIVE' } } },
      { channel: 'room:ended', message: { room: { status: 'ENDED' } } },
    ]);
    expect(about(hidden)).toEqual([]);
    client.disconnect();
  });
});
