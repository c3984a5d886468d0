import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newRoomInput } from '../support/a-room.ts';
import { eventually } from '../support/eventually.ts';
import { ownDatabase, person, roomsOn } from './support.ts';

/** What is asked for twice with the same id is done once, in the real store and by any instance. */

let database: Awaited<ReturnType<typeof ownDatabase>>;
beforeAll(async () => {
  database = await ownDatabase();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

const instances = () => ({ first: roomsOn(database.connection), second: roomsOn(database.connection) });
const outboxOf = async (roomId: string): Promise<unknown[]> =>
  (await database.connection.collection<{ _id: string; outbox: unknown[] }>('rooms').findOne({ _id: roomId }))
    ?.outbox ?? [];
const kinds = async (roomId: string, type: string): Promise<number> =>
  database.connection.collection('room_events').countDocuments({ roomId, type });

describe('a message with an id of its own', () => {
  it('that is said many times at once, by two instances, is written and told once', async () => {
    const { first, second } = instances();
    await using _first = first;
    await using _second = second;
    const host = person();
    const { id } = await first.rooms.create(host, newRoomInput);
    const once = randomUUID();
    const said = await Promise.all(
      [first, second, first, second, first, second].map(({ rooms }) => rooms.say(id, host.id, 'Once', once)),
    );
    expect(new Set(said.map((message) => JSON.stringify(message))).size).toBe(1);
    expect(said[0]).toMatchObject({ id: once, text: 'Once' });
    await eventually(async () => expect(await outboxOf(id)).toEqual([]));
    expect((await second.rooms.chat(id, host.id, { limit: 10 })).items).toEqual([said[0]]);
    expect(await kinds(id, 'chat.message')).toBe(1);
  });

  it('is known when it has left the outbox, and after its sender has left the room', async () => {
    const { first, second } = instances();
    await using _first = first;
    await using _second = second;
    const [host, guest] = [person(), person()];
    const { id } = await first.rooms.create(host, newRoomInput);
    await first.rooms.join(id, guest);
    const once = randomUUID();
    const said = await first.rooms.say(id, guest.id, 'Goodbye', once);
    await first.rooms.leave(id, guest.id);
    await eventually(async () => expect(await outboxOf(id)).toEqual([]));
    expect(await second.rooms.say(id, guest.id, 'Goodbye', once)).toEqual(said);
    expect((await second.rooms.chat(id, host.id, { limit: 10 })).items).toEqual([said]);
  });

  it('is another than one of another id, or of none', async () => {
    const { first } = instances();
    await using _first = first;
    const host = person();
    const { id } = await first.rooms.create(host, newRoomInput);
    await first.rooms.say(id, host.id, 'Same', randomUUID());
    await first.rooms.say(id, host.id, 'Same', randomUUID());
    await first.rooms.say(id, host.id, 'Same');
    expect((await first.rooms.chat(id, host.id, { limit: 10 })).items).toHaveLength(3);
  });
});

describe('a hand, a microphone', () => {
  it('is not moved again by what has moved it already, whatever was done since', async () => {
    const { first, second } = instances();
    await using _first = first;
    await using _second = second;
    const [host, guest] = [person(), person()];
    const { id } = await first.rooms.create(host, newRoomInput);
    await first.rooms.join(id, guest);
    const [raise, mute, muteGuest] = [randomUUID(), randomUUID(), randomUUID()];
    await first.rooms.setHandRaised(id, guest.id, true, raise);
    await first.rooms.setMuted(id, host.id, true, mute);
    await first.rooms.mute(id, host.id, guest.id, muteGuest);
    await first.rooms.setHandRaised(id, guest.id, false);
    for (const userId of [host.id, guest.id]) await first.rooms.setMuted(id, userId, false);

    await second.rooms.setHandRaised(id, guest.id, true, raise);
    await second.rooms.setMuted(id, host.id, true, mute);
    await second.rooms.mute(id, host.id, guest.id, muteGuest);
    const { seats } = await second.rooms.get(id);
    expect(seats.map(({ isHandRaised, isMuted }) => [isHandRaised, isMuted])).toEqual([
      [false, false],
      [false, false],
    ]);
  });
});
