import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import mongoose from 'mongoose';
import { again } from '../support/again.ts';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { runReadyService } from '../support/service-process.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';

/** `kill -9` of an instance in the middle of an evening: real processes, real sockets, real stores. */

/** Two processes start, one is killed, and its lease and a grace run out. */
jest.setTimeout(60_000);

const settings = { PRESENCE_LEASE: '3s', ROOM_EMPTY_GRACE: '4s', LIMIT_CHAT: '1000/1s' };
type Seats = { userId: string; connections: string[] }[];

let mongo: mongoose.Connection;
beforeAll(async () => {
  mongo = await mongoose.createConnection(output('MONGO_URL')).asPromise();
});
afterAll(() => mongo.close());

const seatsOf = async (roomId: string): Promise<Seats> =>
  (await mongo.collection<{ _id: string; seats: Seats }>('rooms').findOne({ _id: roomId }))?.seats ?? [];

const texts = (socket: TestSocket) => socket.all('chat:message').map(({ message }) => message as string);

it('loses no acknowledged message, tells each once and in order, seats nobody twice, and frees the seats of those who stay away', async () => {
  await using first = await runReadyService({ ...settings, INSTANCE_ID: 'first' });
  await using second = await runReadyService({ ...settings, INSTANCE_ID: 'second' });
  const people = await Promise.all(['alice', 'bob', 'carol', 'dave'].map((name) => newPerson(name)));
  const [alice, bob, carol, dave] = people as [
    (typeof people)[0],
    (typeof people)[0],
    (typeof people)[0],
    (typeof people)[0],
  ];
  const room = await newRoom(alice.token);
  const at = (url: string, token: string) => openSocket(token, url, { retries: 0 });
  await using a = await at(first.url, alice.token);
  await using b = await at(first.url, bob.token);
  await using c = await at(second.url, carol.token);
  await using d = await at(first.url, dave.token);
  for (const socket of [a, b, c, d]) await socket.do('room:join', { roomId: room.id });

  // Two talk without pause, one through each instance, and note what was acknowledged.
  const acknowledged: string[] = [];
  const talk = (socket: TestSocket, name: string) => async (n: number) => {
    const message = `${name} ${n}`;
    const answer = await socket.socket
      .timeout(500)
      .emitWithAck('chat:message', { message })
      .catch(() => null);
    if (answer?.ok) acknowledged.push(message);
  };
  await using talks = again(talk(a, 'alice'), talk(c, 'carol'));
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(40));

  for (const socket of [a, b]) socket.moveTo(second.url);
  d.socket.io.reconnection(false);
  first.child.kill('SIGKILL');
  await eventually(() => expect([a.socket.connected, b.socket.connected]).toEqual([true, true]));
  const before = acknowledged.length;
  await eventually(() => expect(acknowledged.length).toBeGreaterThan(before + 40));
  await talks.stop();

  expect([a.socket.recovered, b.socket.recovered]).toEqual([true, true]);
  await eventually(() => {
    for (const socket of [a, b, c])
      for (const message of acknowledged)
        if (texts(socket).filter((text) => text === message).length !== 1)
          throw new Error(
            `${message} was told ${texts(socket).filter((text) => text === message).length} times`,
          );
  });
  // The same order for all, each from the others' point of view.
  expect(texts(b)).toEqual(texts(c));
  expect(texts(a)).toEqual(texts(c));

  const history = async (): Promise<string[]> => {
    const kept: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await call('GET', `/rooms/${room.id}/chat?limit=100${cursor}`, {
        token: alice.token,
        base: `${second.url}/api/realtime`,
      });
      const page = body as unknown as { messages: { message: string }[]; next: string | null };
      kept.push(...page.messages.map(({ message }) => message));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    return kept.toReversed();
  };
  // A message whose acknowledgement came too late may still be on its way.
  await eventually(async () => expect(await history()).toEqual(texts(c)));

  expect((await getRoom(room.id)).participants.map(({ userId }) => userId).toSorted()).toEqual(
    people.map(({ id }) => id).toSorted(),
  );
  // Who stays away: the dead instance's connections lapse, then the grace, then the seat is free.
  await eventually(async () => {
    const seat = (await seatsOf(room.id)).find(({ userId }) => userId === dave.id);
    expect(seat?.connections ?? []).toEqual([]);
  }, 15_000);
  const left = await c.hear('room:user-left', ({ userId }) => userId === dave.id);
  expect(left).toEqual({ userId: dave.id });
  const seats = await seatsOf(room.id);
  expect(seats.map(({ userId }) => userId).toSorted()).toEqual([alice.id, bob.id, carol.id].toSorted());
  expect(seats.flatMap(({ connections }) => connections).every((id) => id.startsWith('socket@second.'))).toBe(
    true,
  );
});
