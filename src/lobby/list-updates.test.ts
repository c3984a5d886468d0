import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ASocket, aLobby, aRoom, minutesAfterNoon, noon } from '../../test/support/a-room.ts';
import { type ListWatch, type RoomListChange, summarise } from '../rooms/index.ts';
import { presentRoom } from '../wire/index.ts';
import { createListUpdates, type ListUpdates } from './list-updates.ts';

const change = (action: RoomListChange['action'], seq: number, id = 'a-room', at = noon): RoomListChange => ({
  action,
  room: summarise(aRoom({ id, title: `Title ${seq}` })),
  seq,
  at,
});
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

  beforeEach(() => {
    jest.useFakeTimers({ now: noon, doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    lobby = aLobby();
    missed = [];
    askedSince = [];
    reading = { held: Promise.resolve(), down: false };
    const list: ListWatch = {
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
    updates = createListUpdates({ io: lobby.io, list });
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
      ['room:list-update', { action: 'created', room: presentRoom(created.room) }, `lobby/${noon.getTime()}`],
    ]);
  });

  it('is told by each instance to its own sockets, which every instance does', () => {
    happens(change('created', 2));
    expect(lobby.beyond).toEqual([]);
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

  describe('to which a socket comes back', () => {
    let back: ASocket;
    beforeEach(() => {
      back = lobby.socket('back');
    });

    it('tells it what it missed, in that order, then what happens', async () => {
      missed = [change('created', 2), change('ended', 9, 'b-room')];
      await updates.resume(back, minutesAfterNoon(-1));
      happens(change('updated', 3));
      expect(askedSince).toEqual([minutesAfterNoon(-1)]);
      expect(toldTo(back)).toEqual(['created a-room 2', 'ended b-room 9', 'updated a-room 3']);
      expect(toldTo(visitor)).toEqual(['updated a-room 3']);
    });

    it('tells it each time with a place to go on from', async () => {
      missed = [change('updated', 3, 'a-room', minutesAfterNoon(-1))];
      await updates.resume(back, minutesAfterNoon(-2));
      expect(back.heard.map((told) => told[2])).toEqual([`lobby/${minutesAfterNoon(-1).getTime()}`]);
    });

    it('tells it what it missed before what came meanwhile', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      missed = [change('updated', 3), change('created', 2, 'b-room')];
      const coming = updates.resume(back, noon);
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
      const coming = updates.resume(back, noon);
      happens(change('ended', 4), change('updated', 7, 'b-room'));
      held.resolve();
      await coming;
      expect(toldTo(back)).toEqual(['ended a-room 4', 'updated b-room 7']);
    });

    it('does not tell it the older that came meanwhile of a room that was read newer', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      const coming = updates.resume(back, noon);
      happens(change('updated', 4));
      missed = [change('ended', 5)];
      held.resolve();
      await coming;
      expect(toldTo(back)).toEqual(['ended a-room 5']);
    });

    it('does not tell it the older that the lobby hears only now', async () => {
      happens(change('updated', 3), change('updated', 4));
      missed = [change('updated', 5)];
      await updates.resume(back, noon);
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
      const coming = updates.resume(back, noon);
      happens(change('created', 2), change('ended', 3));
      held.resolve();
      await coming;
      happens(change('created', 2, 'b-room'));
      expect(toldTo(back)).toEqual(['created a-room 2', 'ended a-room 3', 'created b-room 2']);
    });

    it('does not let one in that was cut meanwhile', async () => {
      const held = Promise.withResolvers<void>();
      reading.held = held.promise;
      const coming = updates.resume(back, noon);
      back.cut();
      held.resolve();
      await coming;
      expect(back.rooms.size).toBe(0);
    });

    it('keeps nothing of one for whom the store did not answer', async () => {
      reading.down = true;
      await expect(updates.resume(back, noon)).rejects.toThrow('the store is down');
      happens(change('created', 2));
      expect([back.heard, back.rooms.has('lobby')]).toEqual([[], false]);
    });
  });
});
