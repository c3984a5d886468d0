import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startInstance } from '../support/service.ts';
import { openSocket } from '../support/socket.ts';
import { instanceApis, stack } from '../support/stack.ts';
import { type FarMongo, farMongo } from './far-mongo.ts';
import { people } from './people.ts';

/**
 * The kick is written while an instance still waits to hear that the join was: an instance far from the store, so
 * that there is time for it.
 */

const [apiOne = ''] = instanceApis;
const [one = ''] = stack.instances;

let mongo: FarMongo;
let far: Awaited<ReturnType<typeof startInstance>>;
beforeAll(async () => {
  mongo = await farMongo();
  far = await startInstance({ MONGO_URL: mongo.url, SHUTDOWN_GRACE: '0ms' });
});
afterAll(async () => {
  await far[Symbol.asyncDispose]();
  await mongo[Symbol.asyncDispose]();
});

afterEach(() => {
  mongo.delay = 0;
});

it('one who is kicked while their socket is on its way in is out: hears nothing, and cannot signal', async () => {
  const [host, witness, bob] = await people('host', 'witness', 'bob');
  const room = await newRoom(host.token, {}, apiOne);
  await using hosts = await openSocket(host.token, one);
  await using seen = await openSocket(witness.token, far.url);
  await using tab = await openSocket(bob.token, far.url);
  for (const socket of [hosts, seen]) await socket.do('room:join', { roomId: room.id });

  mongo.delay = 200;
  const joining = tab.ask('room:join', { roomId: room.id });
  await eventually(async () =>
    expect((await getRoom(room.id)).participants.map(({ userId }) => userId)).toContain(bob.id),
  );
  const kicked = await call('POST', `/rooms/${room.id}/kick/${bob.id}`, { token: host.token, base: apiOne });
  expect(kicked.status).toBe(200);
  await joining;
  mongo.delay = 0;

  expect((await getRoom(room.id)).participants.map(({ userId }) => userId)).not.toContain(bob.id);
  await seen.hear('room:user-kicked');
  await hosts.do('chat:message', { message: 'Not for their ears' });
  await seen.hear('chat:message');
  const signalled = await tab.ask('webrtc:offer', { sdp: 'v=0', targetUserId: witness.id });
  expect(tab.all('chat:message')).toEqual([]);
  expect(signalled).toMatchObject({ ok: false });
  expect(seen.all('webrtc:offer')).toEqual([]);
});

it('one who is kicked while their socket comes back is out, and is told so', async () => {
  const [host, bob] = await people('host', 'bob');
  const room = await newRoom(host.token, {}, apiOne);
  await using hosts = await openSocket(host.token, one);
  await using tab = await openSocket(bob.token, far.url);
  for (const socket of [tab, hosts]) await socket.do('room:join', { roomId: room.id });
  await hosts.do('chat:message', { message: 'While they were in' });
  await tab.hear('chat:message');
  tab.socket.io.reconnection(false);
  tab.cut();
  await eventually(() => expect(tab.cuts).toHaveLength(1));
  await hosts.do('chat:message', { message: 'While they were away' });

  mongo.delay = 200;
  tab.socket.connect();
  // What they missed takes two reads, and whether they may come back a third: this is between them.
  await sleep(800);
  await call('POST', `/rooms/${room.id}/kick/${bob.id}`, { token: host.token, base: apiOne });
  await tab.hear('lobby:entered', () => tab.all('lobby:entered').length > 1);
  mongo.delay = 0;
  await hosts.do('chat:message', { message: 'Not for their ears' });
  await tab.ask('hand:lower');

  expect(tab.all('chat:message').map(({ message }) => message)).toEqual([
    'While they were in',
    'While they were away',
  ]);
  expect(tab.all('room:user-kicked')).toEqual([{ userId: bob.id }]);
});
