import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { type ASocket, aLobby, aRoom, minutesAfterNoon, noon } from '../../test/support/a-room.ts';
import { type ListWatch, type RoomListChange, summarise } from '../rooms/index.ts';
import { presentRoom } from '../wire/index.ts';
import { createListUpdates, type ListUpdates } from './list-updates.ts';
import { type LobbyOffset, readOffset } from './offset.ts';

const change = (action: RoomListChange['action'], seq: number, id = 'a-room', at = noon): RoomListChange => ({
  action,
  room: summarise(aRoom({ id, title: `Title ${seq}` })),
  seq,
  at,
});
/** In the lobby at this time, told of this change last. */
const place = (at: Date, last: LobbyOffset['last'] = null): LobbyOffset => ({ in: 'lobby', at, last });
/** The same, knowing what else was told just before: the marks are those of the messages. */
const placeOf = ({ room, seq, at }: RoomListChange, heard: readonly string[] = []): LobbyOffset =>
  place(at, { roomId: room.id, seq, heard });
/** From before this instance remembers anything. */
const unknown = place(minutesAfterNoon(-1));
const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

describe('the lobby', () => {
  let lobby: ReturnType<typeof aLobby>;
  let updates: ListUpdates;
  let visitor: ASocket;
  /** What changed since, as the store has it; a test sets it. */
  let missed: RoomListChange[];
  let reading: { held: Promise<void>; down: boolean };
  let askedSince: Date[];
  let happens: (...changes: RoomListChange[]) => void;
  let list: ListWatch;
  const openedWith = (of: ListWatch, at: ReturnType<typeof aLobby>) =>
    createListUpdates({ io: at.io, list: of, now: () => new Date(Date.now()) });

  beforeEach(() => {
    jest.useFakeTimers({ now: noon, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    lobby = aLobby();
    missed = [];
    askedSince = [];
    reading = { held: Promise.resolve(), down: false };
    list = {
      onChange: (listener) => {
        happens = (...changes) => changes.forEach(listener);
      },
      async changedSince(since) {
        askedSince.push(since);
        await reading.held;
        if (reading.down) throw new Error('the store is down');
        return missed;
      },
      announce() {},
      async announceLate() {},
    };
    updates = openedWith(list, lobby);
    visitor = lobby.socket('visitor');
    visitor.join('lobby');
  });
  afterEach(() => void jest.useRealTimers());

  /** What a socket was told: what happened to which room, as of which event. */
  const toldTo = (socket: ASocket) =>
    socket.heard.map(([name, payload]) => {
      expect(name).toBe('room:list-update');
      const { action, room } = payload as { action: string; room: { id: string; title: string } };
      return `${action} ${room.id} ${room.title.slice('Title '.length)}`;
    });

  it('is told of a change as clients see it, with a place to go on from', () => {
    const created = change('created', 2);
    happens(created);
    expect(visitor.heard).toEqual([
      [
        'room:list-update',
        { action: 'created', room: presentRoom(created.room) },
        expect.stringMatching(new RegExp(`^lobby/${noon.getTime()}/a-room/2/[\\w-]{6}$`)),
      ],
    ]);
  });

  it('is told by each instance to its own sockets, which every instance does', () => {
    happens(change('created', 2));
    expect(lobby.beyond).toEqual([]);
  });

  it('is told nothing that others do not hear who ask to be told the same, and when', async () => {
    const others: unknown[] = [];
    updates.onTold((update) => others.push(update));
    happens(change('created', 2), change('updated', 3), change('updated', 4), change('ended', 2, 'b-room'));
    const said = () => visitor.heard.map(([, payload]) => payload);
    expect([others.length, others]).toEqual([2, said()]);
    await pass(250);
    expect([others.length, others]).toEqual([3, said()]);
  });

  it('does not reach those who are in a room', () => {
    const inRoom = lobby.socket('in-room');
    inRoom.join('in-room:a-room');
    happens(change('created', 2));
    expect(inRoom.heard).toEqual([]);
  });

  it('is told of a new room and of an ended one at once', async () => {
    happens(change('created', 2), change('ended', 3));
    expect(toldTo(visitor)).toEqual(['created a-room 2', 'ended a-room 3']);
    await pass(1_000);
    expect(visitor.heard).toHaveLength(2);
  });

  it('is told at once of a change of a room that was quiet', () => {
    happens(change('updated', 3));
    expect(toldTo(visitor)).toEqual(['updated a-room 3']);
  });

  it('is told of many changes within 200 ms once, as it is then', async () => {
    happens(change('updated', 3));
    for (let seq = 4; seq <= 100; seq += 1) happens(change('updated', seq));
    await pass(190);
    expect(toldTo(visitor)).toEqual(['updated a-room 3']);
    await pass(20);
    expect(toldTo(visitor)).toEqual(['updated a-room 3', 'updated a-room 100']);
    await pass(1_000);
    expect(visitor.heard).toHaveLength(2);
  });

  it('is told five times a second of a room that changes all the time', async () => {
    for (let seq = 3; seq < 103; seq += 1) {
      happens(change('updated', seq));
      await pass(10);
    }
    await pass(500);
    expect(visitor.heard.length).toBeLessThanOrEqual(7);
    expect(toldTo(visitor).at(-1)).toBe('updated a-room 102');
  });

  it('is told that a room ended though it changed a moment ago, and of that change no more', async () => {
    happens(change('updated', 3), change('updated', 4), change('ended', 5));
    expect(toldTo(visitor)).toEqual(['updated a-room 3', 'ended a-room 5']);
    await pass(1_000);
    expect(visitor.heard).toHaveLength(2);
  });

  it('is told of each room by itself', () => {
    happens(change('updated', 3), change('updated', 3, 'b-room'));
    expect(toldTo(visitor)).toEqual(['updated a-room 3', 'updated b-room 3']);
  });

  it('keeps nothing of rooms that are quiet', async () => {
    for (let index = 0; index < 50; index += 1) happens(change('updated', 3, `room-${index}`));
    await pass(250);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('keeps nothing of a room that ended, not even for a moment', () => {
    happens(change('updated', 3), change('ended', 4));
    expect(jest.getTimerCount()).toBe(0);
  });

  it('begins now for one who comes in, after what was told last', () => {
    expect(updates.place()).toEqual(place(noon));
    happens(change('created', 2), change('created', 4, 'b-room'), change('updated', 3));
    // That of the first is not told yet.
    const heard = [expect.any(String), expect.any(String)] as unknown as string[];
    expect(updates.place()).toEqual(place(noon, { roomId: 'b-room', seq: 4, heard }));
    jest.setSystemTime(minutesAfterNoon(1));
    expect(updates.place()).toEqual(place(minutesAfterNoon(1), { roomId: 'b-room', seq: 4, heard: [] }));
  });

  describe('to which a socket comes back whose place is known', () => {
    let back: ASocket;
    beforeEach(() => {
      back = lobby.socket('back');
    });
    const comesBack = async (offset: LobbyOffset) => {
      await updates.resume(back, offset);
      return toldTo(back);
    };

    it('tells it what was told after its place, as it was told, without asking the store', async () => {
      const all = [
        change('created', 2),
        change('created', 1, 'b-room'),
        change('ended', 3),
        change('ended', 2, 'b-room'),
      ];
      happens(...all);
      await updates.resume(back, readOffset(visitor.heard[1]?.[2]) as LobbyOffset);
      happens(change('created', 1, 'c-room'));
      expect(toldTo(back)).toEqual(toldTo(visitor).slice(2));
      expect(askedSince).toEqual([]);
    });

    it('tells it nothing when it missed nothing, then what happens', async () => {
      const last = change('created', 2);
      happens(last);
      expect(await comesBack(placeOf(last))).toEqual([]);
      happens(change('created', 1, 'b-room'));
      expect([toldTo(back), askedSince]).toEqual([['created b-room 1'], []]);
    });

    it('tells it all that was told here, when nothing was told before it came in', async () => {
      const began = updates.place();
      happens(change('created', 2), change('created', 1, 'b-room'));
      expect(await comesBack(began)).toEqual(['created a-room 2', 'created b-room 1']);
      expect(askedSince).toEqual([]);
    });

    it('tells it nothing of what was told before it came in, by the clock, when it was told nothing elsewhere', async () => {
      happens(change('created', 2), change('created', 1, 'b-room', minutesAfterNoon(2)));
      expect(await comesBack(place(minutesAfterNoon(1)))).toEqual(['created b-room 1']);
      expect(askedSince).toEqual([]);
    });

    it('goes on from what it was told of a room, though it was told here of another of its changes', async () => {
      // At another instance it was told of the fourth, here of the third.
      happens(change('updated', 3), change('created', 1, 'b-room'));
      expect(await comesBack(place(noon, { roomId: 'a-room', seq: 4, heard: [] }))).toEqual([
        'created b-room 1',
      ]);
      expect(askedSince).toEqual([]);
    });

    it('tells it of a change that waits its time when all hear it', async () => {
      const first = change('updated', 3);
      happens(first, change('updated', 4));
      expect(await comesBack(placeOf(first))).toEqual([]);
      await pass(250);
      expect([toldTo(back), toldTo(visitor)]).toEqual([
        ['updated a-room 4'],
        ['updated a-room 3', 'updated a-room 4'],
      ]);
    });

    it('does not let one in that was cut meanwhile', async () => {
      const last = change('created', 2);
      happens(last);
      back.cut();
      await updates.resume(back, placeOf(last));
      expect(back.rooms.size).toBe(0);
    });

    it('tells it each change once, in order, wherever it was cut', async () => {
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 30 }), async (before, missing) => {
          const own = aLobby();
          const of = openedWith(list, own);
          const stays = own.socket('stays');
          stays.join('lobby');
          const roomsOf = (from: number, count: number) =>
            Array.from({ length: count }, (_, index) => change('created', 1, `room-${from + index}`));
          happens(...roomsOf(0, before));
          const cut = own.socket('cut');
          cut.join('lobby');
          const came = of.place();
          happens(...roomsOf(before, missing));
          const heard = Math.floor(missing / 2);
          const offset = heard === 0 ? came : readOffset(cut.heard[heard - 1]?.[2]);
          const again = own.socket('again');
          await of.resume(again, offset as LobbyOffset);
          happens(...roomsOf(before + missing, 1));
          const said = (socket: ASocket) => socket.heard.map(([, payload]) => payload);
          expect([...said(cut).slice(0, heard), ...said(again)]).toEqual(said(stays).slice(before));
        }),
        { numRuns: 50 },
      );
      expect(askedSince).toEqual([]);
    });

    it('tells it from the store once its place was forgotten: so many are remembered, and no more', async () => {
      const all = Array.from({ length: 6_000 }, (_, index) => change('ended', 2, `room-${index}`));
      happens(...all);
      await comesBack(placeOf(all[0] as RoomListChange));
      expect([askedSince, back.heard]).toEqual([[noon], []]);
      const other = lobby.socket('other');
      await updates.resume(other, readOffset(visitor.heard.at(-3)?.[2]) as LobbyOffset);
      expect(toldTo(other)).toEqual(['ended room-5998 2', 'ended room-5999 2']);
      expect(askedSince).toHaveLength(1);
    });

    it('tells it from the store when it was told nothing, and what was told since is forgotten in part', async () => {
      const at = minutesAfterNoon(1);
      happens(...Array.from({ length: 6_000 }, (_, index) => change('ended', 2, `room-${index}`, at)));
      await comesBack(place(noon));
      expect([askedSince, back.heard]).toEqual([[noon], []]);
    });

    it('tells it what it missed and nothing twice, though it was told here in another order than where it was', async () => {
      const [a, b, c] = [
        change('created', 1),
        change('created', 1, 'b-room'),
        change('created', 1, 'c-room'),
      ];
      // Where it was: `c`, then `a`, and it was cut before `b`. Here `b` was the first.
      const there = aLobby();
      const elsewhere = there.socket('visitor');
      elsewhere.join('lobby');
      const here = happens;
      openedWith(list, there);
      happens(c, a);
      here(b, c, a);
      expect(await comesBack(readOffset(elsewhere.heard[1]?.[2]) as LobbyOffset)).toEqual([
        'created b-room 1',
      ]);
    });

    it('tells it nothing from long before its place', async () => {
      const [a, b] = [change('created', 1), change('created', 1, 'b-room')];
      happens(b);
      await pass(600);
      happens(a);
      expect(await comesBack(placeOf(a))).toEqual([]);
    });

    it('tells it what was told after its place, though that was written a moment before', async () => {
      const began = updates.place();
      happens(change('created', 1, 'b-room', new Date(noon.getTime() - 50)));
      expect(await comesBack(began)).toEqual(['created b-room 1']);
    });
  });

  describe('to which a socket comes back whose place is not known', () => {
    let back: ASocket;
    beforeEach(() => {
      back = lobby.socket('back');
    });

    it('is told from the store when nothing of its last room was told here', async () => {
      happens(change('created', 2));
      missed = [change('created', 7, 'b-room')];
      await updates.resume(back, place(noon, { roomId: 'b-room', seq: 6, heard: [] }));
      expect([askedSince, toldTo(back)]).toEqual([[noon], ['created b-room 7']]);
    });

    it('tells it what it missed, in that order, then what happens', async () => {
      missed = [change('created', 2), change('ended', 9, 'b-room')];
      await updates.resume(back, unknown);
      happens(change('updated', 3));
      expect(askedSince).toEqual([minutesAfterNoon(-1)]);
      expect(toldTo(back)).toEqual(['created a-room 2', 'ended b-room 9', 'updated a-room 3']);
      expect(toldTo(visitor)).toEqual(['updated a-room 3']);
    });

    it('tells it each time with a place to go on from', async () => {
      missed = [change('updated', 3, 'a-room', minutesAfterNoon(-1))];
      await updates.resume(back, place(minutesAfterNoon(-2)));
      expect(back.heard.map((told) => readOffset(told[2]))).toMatchObject([
        { at: minutesAfterNoon(-1), last: { roomId: 'a-room', seq: 3 } },
      ]);
    });

    it('tells it what it missed before what came meanwhile', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      missed = [change('updated', 3), change('created', 2, 'b-room')];
      const coming = updates.resume(back, unknown);
      happens(change('updated', 4, 'c-room'));
      expect(back.heard).toEqual([]);
      held.resolve();
      await coming;
      expect(toldTo(back)).toEqual(['updated a-room 3', 'created b-room 2', 'updated c-room 4']);
    });

    it('tells it of a room of which the newer came meanwhile that alone, and nothing twice', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      missed = [change('updated', 3), change('updated', 7, 'b-room')];
      const coming = updates.resume(back, unknown);
      happens(change('ended', 4), change('updated', 7, 'b-room'));
      held.resolve();
      await coming;
      expect(toldTo(back)).toEqual(['ended a-room 4', 'updated b-room 7']);
    });

    it('does not tell it the older that came meanwhile of a room that was read newer', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      const coming = updates.resume(back, unknown);
      happens(change('updated', 4));
      missed = [change('ended', 5)];
      held.resolve();
      await coming;
      expect(toldTo(back)).toEqual(['ended a-room 5']);
    });

    it('does not tell it the older that the lobby hears only now', async () => {
      happens(change('updated', 3), change('updated', 4));
      missed = [change('updated', 5)];
      await updates.resume(back, unknown);
      await pass(300);
      // The news of what it read arrives.
      happens(change('updated', 5));
      await pass(300);
      happens(change('updated', 6));
      await pass(300);
      const seqs = toldTo(back).map((told) => Number(told.split(' ').at(-1)));
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
      expect([seqs[0], seqs.at(-1)]).toEqual([5, 6]);
      expect(toldTo(visitor)).toEqual([3, 4, 5, 6].map((seq) => `updated a-room ${seq}`));
    });

    it('lets it in once, however much came meanwhile', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      const coming = updates.resume(back, unknown);
      happens(change('created', 2), change('ended', 3));
      held.resolve();
      await coming;
      happens(change('created', 2, 'b-room'));
      expect(toldTo(back)).toEqual(['created a-room 2', 'ended a-room 3', 'created b-room 2']);
    });

    it('does not let one in that was cut meanwhile', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      const coming = updates.resume(back, unknown);
      back.cut();
      held.resolve();
      await coming;
      expect(back.rooms.size).toBe(0);
    });

    it('keeps nothing of one for whom the store did not answer', async () => {
      reading.down = true;
      await expect(updates.resume(back, unknown)).rejects.toThrow('the store is down');
      happens(change('created', 2));
      expect([back.heard, back.rooms.has('lobby')]).toEqual([[], false]);
    });
  });
});
