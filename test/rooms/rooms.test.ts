import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { ServiceError } from '../../src/errors.ts';
import type { RoomEvent } from '../../src/rooms/index.ts';
import { newRoomInput } from '../support/a-room.ts';
import { eventually } from '../support/eventually.ts';
import { ownDatabase, person, roomsOn } from './support.ts';

type Stored = { _id: string; seq: number; type: string };

describe('rooms in the real store', () => {
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let connection: Connection;
  beforeAll(async () => {
    database = await ownDatabase();
    connection = database.connection;
    await using first = roomsOn(connection);
    await first.prepare();
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });

  const historyOf = (roomId: string) =>
    connection
      .collection<Stored & { roomId: string }>('room_events')
      .find({ roomId })
      .sort({ seq: 1 })
      .toArray();
  const outboxOf = async (roomId: string) =>
    (await connection.collection<{ _id: string; outbox: Stored[] }>('rooms').findOne({ _id: roomId }))
      ?.outbox ?? [];

  it('write every event before anyone hears of it, in order and without gaps', async () => {
    const heard: { event: RoomEvent; written: boolean }[] = [];
    await using instance = roomsOn(connection, {
      handlers: [
        async (event) => {
          const written = await connection.collection<Stored>('room_events').findOne({ _id: event.id });
          heard.push({ event, written: written !== null });
        },
      ],
    });
    const host = person();
    const room = await instance.rooms.create(host, newRoomInput);
    const guest = person();
    await instance.rooms.join(room.id, guest);
    await instance.rooms.leave(room.id, host.id);
    await instance.rooms.leave(room.id, guest.id);

    const types = [
      'room.created',
      'participant.joined',
      'participant.joined',
      'participant.left',
      'participant.promoted',
      'participant.left',
      'room.ended',
    ];
    await eventually(() => expect(heard.map(({ event }) => event.type)).toEqual(types));
    expect(heard.every(({ written }) => written)).toBe(true);
    const history = await historyOf(room.id);
    expect(history.map(({ type, seq }) => [seq, type])).toEqual(
      types.map((type, index) => [index + 1, type]),
    );
    await eventually(async () => expect(await outboxOf(room.id)).toEqual([]));
    expect(instance.failures).toEqual([]);
  });

  it('keep a record of each participant, one for each room and user, whatever came and went', async () => {
    await using instance = roomsOn(connection);
    const [host, guest] = [person(), person()];
    const room = await instance.rooms.create(host, newRoomInput);
    for (let times = 0; times < 3; times += 1) {
      await instance.rooms.join(room.id, guest);
      await instance.rooms.leave(room.id, guest.id);
    }
    await eventually(async () =>
      expect(await instance.rooms.record(room.id, guest.id)).toMatchObject({
        leftAt: expect.any(Date),
        name: guest.name,
      }),
    );
    expect(await connection.collection('participants').countDocuments({ roomId: room.id })).toBe(2);
    await instance.rooms.join(room.id, guest);
    await eventually(async () =>
      expect(await instance.rooms.record(room.id, guest.id)).toMatchObject({ leftAt: null }),
    );
    const twin = {
      ...(await connection.collection('participants').findOne({ roomId: room.id })),
      _id: 'twin' as never,
    };
    await expect(connection.collection('participants').insertOne(twin)).rejects.toMatchObject({
      code: 11_000,
    });
  });

  it('an event whose instance died after the write is carried on by another', async () => {
    // An instance that is killed between its write and what follows: its relay never runs.
    const dead = roomsOn(connection, { handlers: [() => new Promise(() => {})] });
    const host = person();
    const room = await dead.rooms.create(host, newRoomInput);
    await eventually(async () => expect(await historyOf(room.id)).toHaveLength(2));
    expect(await outboxOf(room.id)).toHaveLength(2);

    const heard: string[] = [];
    await using _alive = roomsOn(connection, {
      // The dead one's events are five seconds old, by this one's clock.
      now: () => new Date(Date.now() + 6_000),
      handlers: [async (event) => void (event.roomId === room.id && heard.push(event.type))],
    });
    await eventually(() => expect(heard).toEqual(['room.created', 'participant.joined']));
    await eventually(async () => expect(await outboxOf(room.id)).toEqual([]));
    expect(await historyOf(room.id)).toHaveLength(2);
  });

  it('an event whose handler failed is handed to it again until it works', async () => {
    let failures = 2;
    const done: string[] = [];
    await using instance = roomsOn(connection, {
      handlers: [
        async (event) => {
          if (event.type !== 'room.created') return;
          failures -= 1;
          if (failures >= 0) throw new Error('not now');
          done.push(event.roomId);
        },
      ],
    });
    const room = await instance.rooms.create(person(), newRoomInput);
    await eventually(() => expect(done).toEqual([room.id]), 25_000);
    expect(instance.failures).toHaveLength(2);
    await eventually(async () => expect(await outboxOf(room.id)).toEqual([]));
  }, 40_000);

  it('two instances that change one room at once lose nothing', async () => {
    await using one = roomsOn(connection);
    await using other = roomsOn(connection);
    const room = await one.rooms.create(person(), { ...newRoomInput, maxParticipants: 41 });
    const guests = Array.from({ length: 40 }, () => person());
    await Promise.all(guests.map((guest, index) => [one, other][index % 2]?.rooms.join(room.id, guest)));
    const full = await one.rooms.get(room.id);
    expect(full.seats).toHaveLength(41);
    expect(full.version).toBe(41);
    await Promise.all(guests.map((guest, index) => [other, one][index % 2]?.rooms.leave(room.id, guest.id)));
    expect((await other.rooms.get(room.id)).seats).toHaveLength(1);
    await eventually(async () =>
      expect((await historyOf(room.id)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: 82 }, (_, seq) => seq + 1),
      ),
    );
  });

  it('a private room takes its maker back when another has become host', async () => {
    await using instance = roomsOn(connection);
    const [maker, guest] = [person(), person()];
    const room = await instance.rooms.create(maker, {
      ...newRoomInput,
      access: 'private',
      invited: [guest.id],
    });
    await instance.rooms.join(room.id, guest);
    await instance.rooms.leave(room.id, maker.id);
    expect((await instance.rooms.get(room.id)).hostId).toBe(guest.id);
    await expect(instance.rooms.join(room.id, maker)).resolves.toMatchObject({
      participant: { role: 'PARTICIPANT' },
    });
    await expect(instance.rooms.join(room.id, person())).rejects.toMatchObject({ code: 'NOT_INVITED' });
  });

  it('coming back to a held seat writes nothing', async () => {
    await using instance = roomsOn(connection);
    const host = person();
    const room = await instance.rooms.create(host, newRoomInput);
    for (let times = 0; times < 5; times += 1) await instance.rooms.join(room.id, host);
    expect((await instance.rooms.get(room.id)).version).toBe(room.version);
  });

  it('lists page by page, newest first, each room once, while rooms are being made', async () => {
    await using instance = roomsOn(connection);
    const title = `paged ${person().id}`;
    const made: string[] = [];
    for (let index = 0; index < 25; index += 1)
      made.push((await instance.rooms.create(person(), { ...newRoomInput, title })).id);
    const request = {
      status: 'LIVE',
      access: 'public',
      q: title,
      limit: 10,
      language: undefined,
      topic: undefined,
      hasSeats: undefined,
    } as const;

    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await instance.rooms.list({ ...request, cursor: cursor ?? undefined });
      seen.push(...page.rooms.map((room) => room.id));
      cursor = page.next;
      await instance.rooms.create(person(), { ...newRoomInput, title });
    } while (cursor !== null);
    expect(seen).toEqual(made.toReversed());
  });

  it('list who hosts by name: the maker, who follows them, the last one after the end', async () => {
    await using instance = roomsOn(connection);
    const [maker, heir] = [person(), person()];
    const topic = `topic ${maker.id}`;
    const { id } = await instance.rooms.create(maker, { ...newRoomInput, topic });
    const hosts = async (status: 'LIVE' | 'ENDED') =>
      (await instance.rooms.list({ status, topic, limit: 10 })).rooms.map(({ hostName }) => hostName);
    expect(await hosts('LIVE')).toEqual([maker.name]);
    await instance.rooms.join(id, heir);
    await instance.rooms.handOver(id, maker.id, heir.id);
    expect(await hosts('LIVE')).toEqual([heir.name]);
    await instance.rooms.leave(id, heir.id);
    expect(await hosts('LIVE')).toEqual([maker.name]);

    // As it was written before the name was kept: the room's next change writes it.
    await connection.collection<{ _id: string }>('rooms').updateOne({ _id: id }, { $unset: { hostName: 1 } });
    expect((await instance.rooms.get(id)).hostName).toBe(maker.name);
    await instance.rooms.join(id, person());
    expect(await hosts('LIVE')).toEqual([maker.name]);
    await instance.rooms.end(id, { userId: maker.id, administrator: false });
    expect(await hosts('ENDED')).toEqual([maker.name]);
  });

  it('filter by language, topic, free seats and text, whatever characters the text has', async () => {
    await using instance = roomsOn(connection);
    const topic = `topic ${person().id}`;
    const room = await instance.rooms.create(person(), {
      ...newRoomInput,
      title: 'C++ (a|b) [x] .*',
      topic,
      language: 'vi',
      maxParticipants: 2,
    });
    await instance.rooms.create(person(), { ...newRoomInput, topic, language: 'en' });
    const none = {
      status: 'LIVE',
      access: 'public',
      limit: 10,
      cursor: undefined,
      q: undefined,
      language: undefined,
      topic,
      hasSeats: undefined,
    } as const;
    const ids = async (more: object) =>
      (await instance.rooms.list({ ...none, ...more })).rooms.map(({ id }) => id);

    expect(await ids({ language: 'vi' })).toEqual([room.id]);
    expect(await ids({ q: '(A|B) [X] .*' })).toEqual([room.id]);
    expect(await ids({ q: '.+' })).toEqual([]);
    expect(await ids({})).toHaveLength(2);
    await instance.rooms.join(room.id, person());
    expect(await ids({ hasSeats: false })).toEqual([room.id]);
    expect(await ids({ status: 'ENDED' })).toEqual([]);
    await expect(ids({ cursor: 'nonsense' })).rejects.toThrow(ServiceError);
  });
});
