import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { startInstance } from '../support/service.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { inOrder, joinFor, listen } from './listener.ts';
import { type NatsServers, openManager, startNatsServers } from './nats-servers.ts';

/** Three servers of NATS that keep streams together, of which one is killed. */

jest.setTimeout(120_000);

type Instance = Awaited<ReturnType<typeof startInstance>>;
type Person = Awaited<ReturnType<typeof newPerson>>;

let nats: NatsServers;
let database: Awaited<ReturnType<typeof ownDatabaseUrl>>;
let first: Instance;
let second: Instance;
let alice: Person;
let bob: Person;
let carol: Person;

beforeAll(async () => {
  [nats, database] = await Promise.all([startNatsServers(3), ownDatabaseUrl()]);
  const settings = {
    ...nats.settings,
    MONGO_URL: database.url,
    LIMIT_CHAT: '10000/1s',
    ROOM_EMPTY_GRACE: '120s',
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

async function aRoom(): Promise<string> {
  const { body } = await call('POST', '/rooms', {
    base: first.api,
    token: alice.token,
    body: { title: 'A' },
  });
  return (body as unknown as { id: string }).id;
}

/** Carol's client, once she is let in. */
const hear = async (roomId: string) => {
  const messaging = await joinFor(roomId, carol.token, second.api);
  return eventually(() => listen(messaging, nats.urls), 40_000);
};

async function inRoom(roomId: string, { token }: Person, { url }: Instance): Promise<TestSocket> {
  const socket = await openSocket(token, url);
  await socket.do('room:join', { roomId });
  return socket;
}

const replicasOf = async (roomId: string): Promise<{ leader: string; replicas: number }> => {
  await using manager = await openManager(nats.urls);
  const { config, cluster } = await manager.jsm.streams.info(roomId);
  return { leader: cluster?.leader ?? '', replicas: config.num_replicas };
};

describe('of three servers of NATS', () => {
  it('one is killed while people talk: nothing that was acknowledged is lost, and all go on', async () => {
    const roomId = await aRoom();
    await using listener = await hear(roomId);
    await using a = await inRoom(roomId, alice, first);
    await using b = await inRoom(roomId, bob, second);
    const { leader, replicas } = await replicasOf(roomId);
    expect(replicas).toBe(3);

    const said: string[] = [];
    let over = false;
    const talking = [a, b].map(async (socket, who) => {
      for (let n = 0; !over; n += 1) {
        const message = `${who}.${n}`;
        await socket.do('chat:message', { message });
        said.push(message);
      }
    });
    await eventually(() => expect(listener.chat.length).toBeGreaterThan(20), 30_000);
    await nats.kill(nats.indexOf(leader));
    const heardThen = listener.chat.length;
    await eventually(() => expect(listener.chat.length).toBeGreaterThan(heardThen + 40), 60_000);
    over = true;
    await Promise.all(talking);

    await eventually(() => expect(listener.chat).toHaveLength(said.length), 30_000);
    await eventually(() => expect(a.all('chat:message')).toHaveLength(said.length));
    expect(inOrder(listener.chat).map(({ data }) => data)).toEqual(a.all('chat:message'));

    // New rooms are made all the same.
    const another = await aRoom();
    await using other = await hear(another);
    await using c = await inRoom(another, alice, first);
    await c.do('chat:message', { message: 'heard' });
    await eventually(() => expect(other.chat).toMatchObject([{ data: { message: 'heard' } }]), 30_000);
    expect((await replicasOf(another)).replicas).toBe(3);

    // Back, it has its part again.
    await nats.start(nats.indexOf(leader));
    await c.do('chat:message', { message: 'and on' });
    await eventually(() => expect(other.chat).toHaveLength(2), 30_000);
  });
});
