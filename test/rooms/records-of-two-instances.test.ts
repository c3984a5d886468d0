import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo.ts';
import { type FarMongo, farMongo } from '../access/far-mongo.ts';
import { newRoomInput } from '../support/a-room.ts';
import { eventually } from '../support/eventually.ts';
import { ownDatabase, person, roomsOn } from './support.ts';

/**
 * What one instance wrote is carried into the records later than what another wrote after it: the first is slow, or
 * died, and its events lie until the sweep. The records come out as the room's history says all the same.
 */

let database: Awaited<ReturnType<typeof ownDatabase>>;
let mongo: FarMongo;
let distant: Connection;
beforeAll(async () => {
  database = await ownDatabase();
  mongo = await farMongo();
  const url = new URL(mongo.url);
  url.pathname = `/${database.connection.name}`;
  distant = await connectMongo(url.href);
});
afterAll(async () => {
  await distant.close();
  await mongo[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});
afterEach(() => {
  mongo.delay = 0;
});

const carriedOn = (roomId: string) =>
  eventually(async () => {
    const rooms = database.connection.collection<{ _id: string; outbox: unknown[] }>('rooms');
    expect((await rooms.findOne({ _id: roomId }))?.outbox).toEqual([]);
  });

it('of one who left, and whom the host kicked right after', async () => {
  await using slow = roomsOn(distant);
  await using quick = roomsOn(database.connection);
  const [host, guest] = [person(), person()];
  const room = await quick.rooms.create(host, newRoomInput);
  await quick.rooms.join(room.id, guest);
  await carriedOn(room.id);

  mongo.delay = 150;
  await slow.rooms.leave(room.id, guest.id);
  await quick.rooms.kick(room.id, host.id, guest.id);
  mongo.delay = 0;
  await carriedOn(room.id);

  const record = await quick.rooms.record(room.id, guest.id);
  expect(record).toMatchObject({ isKicked: true, leftReason: 'kicked', leftAt: expect.any(Date) });
  const { items } = await quick.rooms.formerParticipants(await quick.rooms.get(room.id), { limit: 10 });
  expect(items.map(({ userId }) => userId)).toEqual([guest.id]);
});

it('of one whom the host kicked, and forgave right after', async () => {
  await using slow = roomsOn(distant);
  await using quick = roomsOn(database.connection);
  const [host, guest] = [person(), person()];
  const room = await quick.rooms.create(host, newRoomInput);
  await quick.rooms.join(room.id, guest);
  await carriedOn(room.id);

  mongo.delay = 150;
  await slow.rooms.kick(room.id, host.id, guest.id);
  await quick.rooms.forgive(room.id, host.id, guest.id);
  mongo.delay = 0;
  await carriedOn(room.id);

  const record = await quick.rooms.record(room.id, guest.id);
  expect(record).toMatchObject({ isKicked: false, leftReason: 'kicked', leftAt: expect.any(Date) });
});

it('of a host who muted themselves, and handed the room over right after', async () => {
  await using slow = roomsOn(distant);
  await using quick = roomsOn(database.connection);
  const [host, guest] = [person(), person()];
  const room = await quick.rooms.create(host, newRoomInput);
  await quick.rooms.join(room.id, guest);
  await carriedOn(room.id);

  mongo.delay = 150;
  await slow.rooms.setMuted(room.id, host.id, true);
  await quick.rooms.handOver(room.id, host.id, guest.id);
  mongo.delay = 0;
  await carriedOn(room.id);

  expect(await quick.rooms.record(room.id, host.id)).toMatchObject({ role: 'PARTICIPANT', isMuted: true });
});
