import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ConsumerInfo, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { startInstance } from '../support/service.ts';
import { instanceApis } from '../support/stack.ts';
import { joinFor, type Listener, listen, type Messaging } from './listener.ts';
import { openManager } from './nats-servers.ts';

/** What a room has in JetStream, from its first moment until some time after its end. */

jest.setTimeout(60_000);

type Person = Awaited<ReturnType<typeof newPerson>>;

const [api = '', other = ''] = instanceApis;
let manager: Awaited<ReturnType<typeof openManager>>;
let jsm: JetStreamManager;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  manager = await openManager();
  jsm = manager.jsm;
  [alice, bob] = await Promise.all([newPerson('alice'), newPerson('bob')]);
});
afterAll(async () => manager[Symbol.asyncDispose]());

const open: Listener[] = [];
afterAll(async () => {
  for (const one of open) await one[Symbol.asyncDispose]();
});
async function comeIn(messaging: Messaging): Promise<Listener> {
  const listener = await listen(messaging);
  open.push(listener);
  return listener;
}

const streamOf = (roomId: string): Promise<StreamInfo | null> => jsm.streams.info(roomId).catch(() => null);
const consumersIn = async (roomId: string): Promise<ConsumerInfo[]> => {
  const found: ConsumerInfo[] = [];
  for await (const one of jsm.consumers.list(roomId)) found.push(one);
  return found;
};
const namesIn = async (roomId: string): Promise<string[]> =>
  (await consumersIn(roomId)).map(({ name }) => name).toSorted();
const consumersOf = (...people: Person[]): string[] =>
  people.flatMap(({ id }) => [`chat_${id}`, `system_${id}`, `whiteboard_${id}`]).toSorted();

const asHost = (method: string, path: string) => call(method, path, { token: alice.token, base: other });
const mute = (roomId: string) => asHost('POST', `/rooms/${roomId}/mute/${bob.id}`);
const isMuted = (listener: Listener) => listener.system.filter(({ type }) => type === 'media:user-muted');

/** Alice's room, in which Bob is by NATS. */
async function aRoom() {
  const { id } = await newRoom(alice.token, {}, api);
  // Who connects before it is told of makes the stream anew, as after a loss: with consumers for all who are in.
  await eventually(async () => expect(await streamOf(id)).not.toBeNull());
  const messaging = await joinFor(id, bob.token, other);
  return { id, messaging, listener: await comeIn(messaging) };
}

describe('a room’s stream', () => {
  it('is made with the room, holds what is of the room and nothing else, and is bounded in every way', async () => {
    const { id } = await newRoom(alice.token, {}, api);
    const { config } = await eventually(async () => {
      const found = await streamOf(id);
      if (!found) throw new Error('no stream yet');
      return found;
    });
    expect(config.subjects.toSorted()).toEqual([
      `chat.${id}`,
      `system.${id}`,
      `system.${id}.*`,
      `whiteboard.${id}`,
    ]);
    expect(config).toMatchObject({ storage: 'file', retention: 'limits', discard: 'old', num_replicas: 1 });
    const { max_age, max_bytes, max_msgs, max_msgs_per_subject, max_msg_size } = config;
    for (const bound of [max_age, max_bytes, max_msgs, max_msgs_per_subject, max_msg_size])
      expect(bound).toBeGreaterThan(0);
  });

  it('that somebody has removed is made again, and those who are in hear on', async () => {
    const { id, listener } = await aRoom();
    await mute(id);
    await eventually(() => expect(isMuted(listener)).toHaveLength(1));
    await jsm.streams.delete(id);
    await eventually(async () => {
      await call('PATCH', `/rooms/${id}`, {
        token: alice.token,
        base: api,
        body: { topic: `${Math.random()}` },
      });
      expect(await namesIn(id)).toEqual(consumersOf(alice, bob));
      expect(listener.system.at(-1)?.type).toBe('room:updated');
    }, 40_000);
  });

  it('is removed some time after the room’s end by any of several instances, and no other one is', async () => {
    await using database = await ownDatabaseUrl();
    const settings = { MONGO_URL: database.url, NATS_STREAM_KEEP: '1s' };
    await using one = await startInstance({ ...settings, INSTANCE_ID: 'one' });
    await using two = await startInstance({ ...settings, INSTANCE_ID: 'two' });
    const make = async () => {
      const { id } = await newRoom(alice.token, {}, one.api);
      await eventually(async () => expect(await streamOf(id)).not.toBeNull());
      return id;
    };
    const [ended, live, foreign] = [await make(), await make(), await make()];
    const end = (id: string) => call('DELETE', `/rooms/${id}`, { token: alice.token, base: two.api });
    // Of the same name, for a room that is over, and none of ours.
    await jsm.streams.delete(foreign);
    await jsm.streams.add({ name: foreign, subjects: [`chat.${foreign}`] });
    await end(ended);
    await end(foreign);
    await eventually(async () => expect(await streamOf(ended)).toBeNull(), 30_000);
    // A second look of both would have taken it.
    const left = await make();
    await end(left);
    await eventually(async () => expect(await streamOf(left)).toBeNull(), 30_000);
    expect(await streamOf(foreign)).not.toBeNull();
    expect(await streamOf(live)).not.toBeNull();
    for (const id of [foreign, live]) await jsm.streams.delete(id);
  });
});

describe('a user’s consumers', () => {
  it('are made when they connect, for what is theirs to hear', async () => {
    const { id, messaging } = await aRoom();
    expect(Object.values(messaging.consumers).toSorted()).toEqual(consumersOf(bob));
    const consumers = await consumersIn(id);
    expect(consumers.map(({ name }) => name).toSorted()).toEqual(consumersOf(bob));
    const subjects = Object.fromEntries(
      consumers.map(({ name, config }) => [name, config.filter_subjects ?? config.filter_subject]),
    );
    expect(subjects).toEqual({
      [`chat_${bob.id}`]: `chat.${id}`,
      [`whiteboard_${bob.id}`]: `whiteboard.${id}`,
      [`system_${bob.id}`]: [`system.${id}`, `system.${id}.${bob.id}`],
    });
    for (const { config } of consumers) {
      expect(config).toMatchObject({ ack_policy: 'explicit', deliver_policy: 'new' });
      expect(config.max_ack_pending).toBeGreaterThan(0);
      expect(config.inactive_threshold).toBeGreaterThan(0);
    }
  });

  it('are the same ones when they connect again, and those that are missing are made', async () => {
    const { id, messaging, listener } = await aRoom();
    const created = async () =>
      Object.fromEntries((await consumersIn(id)).map(({ name, created: at }) => [name, at]));
    const before = await created();
    await listener[Symbol.asyncDispose]();
    await jsm.consumers.delete(id, messaging.consumers.chat);
    await comeIn(messaging);
    const { [messaging.consumers.chat]: chat, ...kept } = await created();
    expect(chat).toBeDefined();
    expect(before).toMatchObject(kept);
    expect(Object.keys(kept)).toHaveLength(2);
  });

  it('have what was said while they were cut off', async () => {
    const { id, messaging, listener } = await aRoom();
    await listener[Symbol.asyncDispose]();
    await mute(id);
    const back = await comeIn(messaging);
    await eventually(() => expect(isMuted(back)).toMatchObject([{ data: { userId: bob.id } }]));
  });

  it('go when they leave or are put out, who hears of it first; nobody else’s do', async () => {
    const { id, listener } = await aRoom();
    const carol = await newPerson('carol');
    await comeIn(await joinFor(id, carol.token, api));
    await comeIn(await joinFor(id, alice.token, api));
    await asHost('POST', `/rooms/${id}/kick/${carol.id}`);
    await eventually(async () => expect(await namesIn(id)).toEqual(consumersOf(alice, bob)));
    expect(listener.system.map(({ type }) => type)).toContain('room:user-kicked');
    await call('POST', `/rooms/${id}/leave`, { token: bob.token, base: api });
    await eventually(async () => expect(await namesIn(id)).toEqual(consumersOf(alice)));
  });

  it('stay with one who comes back at once', async () => {
    const { id, messaging, listener } = await aRoom();
    // Two who read from the same consumers would share what they hear.
    await listener[Symbol.asyncDispose]();
    await call('POST', `/rooms/${id}/leave`, { token: bob.token, base: api });
    await joinFor(id, bob.token, other);
    const back = await comeIn(messaging);
    // Somebody who left after them is gone already.
    const carol = await newPerson('carol');
    await comeIn(await joinFor(id, carol.token, api));
    await call('POST', `/rooms/${id}/leave`, { token: carol.token, base: api });
    await eventually(async () => expect(await namesIn(id)).toEqual(consumersOf(bob)));
    await mute(id);
    await eventually(() => expect(isMuted(back)).toHaveLength(1));
  });

  it('go with the room’s end, which they hear of; the stream stays for a while', async () => {
    const { id, listener } = await aRoom();
    await asHost('DELETE', `/rooms/${id}`);
    await eventually(() => expect(listener.system.at(-1)).toMatchObject({ type: 'room:ended' }));
    await eventually(async () => expect(await namesIn(id)).toEqual([]));
    expect(await streamOf(id)).not.toBeNull();
  });
});

describe('what is told', () => {
  it('carries the trace of who did it', async () => {
    const { id, listener } = await aRoom();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await call('POST', `/rooms/${id}/mute/${bob.id}`, {
      token: alice.token,
      base: api,
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    await eventually(() => expect(isMuted(listener)).toHaveLength(1));
    const message = listener.messages.find((one) => one.json<{ type: string }>().type === 'media:user-muted');
    expect(message?.headers?.get('traceparent')).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`));
  });
});
