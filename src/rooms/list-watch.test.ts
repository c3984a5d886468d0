import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  anEvent,
  aParticipant,
  aRoom,
  aSeat,
  minutesAfterNoon,
  noon,
  said,
} from '../../test/support/a-room.ts';
import { noChannels, type RoomChannels, type RoomListChange } from './channels.ts';
import { type RoomEvent, summarise } from './events.ts';
import { createListWatch } from './list-watch.ts';
import type { Room } from './room.ts';

/** Longer than what was written as the channels came back takes into the history. */
const UNTIL_SETTLED = 1_500;
const MINUTE = 60_000;

/** Rooms as the store has them by now, and when something that lists show last happened in each. */
function memoryStore() {
  const rooms = new Map<string, { room: Room; at: Date }>();
  const state = { down: false };
  const asked: { since?: Date; limit?: number } = {};
  return {
    state,
    asked,
    write: (room: Room, at = noon) => void rooms.set(room.id, { room, at }),
    store: {
      async summaries(ids: readonly string[]) {
        if (state.down) throw new Error('the store is down');
        // In the order of the store, which is none.
        return ids
          .flatMap((id) => rooms.get(id)?.room ?? [])
          .toReversed()
          .map((room) => ({ room: summarise(room), seq: room.lastSeq }));
      },
    },
    history: {
      async roomsChangedSince(since: Date, limit: number) {
        if (state.down) throw new Error('the store is down');
        Object.assign(asked, { since, limit });
        return new Map(
          [...rooms.values()].filter(({ at }) => at >= since).map(({ room, at }) => [room.id, at] as const),
        );
      },
    },
  };
}

function open() {
  const { store, history, ...memory } = memoryStore();
  let hear: (change: RoomListChange) => void = () => {};
  let miss: (since: Date) => void = () => {};
  const published: RoomListChange[] = [];
  const channels: RoomChannels = {
    ...noChannels,
    onListChange: (listener) => {
      hear = listener;
    },
    onMissed: (listener) => {
      miss = listener;
    },
    publishListChange: (change) => void published.push(change),
  };
  const errors: unknown[] = [];
  const list = createListWatch({ channels, store, history, onError: (error) => errors.push(error) });
  const told: RoomListChange[] = [];
  list.onChange((change) => void told.push(change));
  return {
    list,
    ...memory,
    errors,
    told,
    published,
    hear: (change: RoomListChange) => hear(change),
    miss: (since: Date) => miss(since),
  };
}

const joined = (seq: number, place = {}) =>
  anEvent('participant.joined', { participant: aParticipant('guest') }, { seq, ...place });
const changed = (seq: number, more: Partial<Room> = {}): RoomListChange => ({
  action: 'updated',
  room: summarise(aRoom(more)),
  seq,
  at: noon,
});
const briefly = (changes: readonly RoomListChange[]) =>
  changes.map(({ action, room, seq }) => [action, room.id, seq]);

describe('what changes in the list of rooms', () => {
  it('is told here, and to the other instances, when we wrote it: the room as it is then', () => {
    const { list, told, published } = open();
    const room = aRoom({ lastSeq: 3, seats: [aSeat('host'), aSeat('guest')] });
    list.announce(room, [joined(3, { at: minutesAfterNoon(1) })]);
    expect(told).toEqual([{ action: 'updated', room: summarise(room), seq: 3, at: minutesAfterNoon(1) }]);
    expect(published).toEqual(told);
  });

  it('is told here when another instance wrote it, and not passed on', () => {
    const { told, published, hear } = open();
    hear(changed(3));
    expect(told).toEqual([changed(3)]);
    expect(published).toEqual([]);
  });

  it.each<[action: string, room: Room, events: RoomEvent[]]>([
    ['created', aRoom(), [anEvent('room.created', { room: summarise(aRoom()) }, { seq: 1 }), joined(2)]],
    ['updated', aRoom({ lastSeq: 3 }), [joined(3)]],
    [
      'ended',
      aRoom({ status: 'ENDED', endedAt: noon, seats: [], lastSeq: 4 }),
      [
        anEvent('participant.left', { participant: aParticipant('host'), reason: 'ended' }, { seq: 3 }),
        anEvent('room.ended', { room: summarise(aRoom()), by: 'host' }, { seq: 4 }),
      ],
    ],
    // It ended before we could tell that it began: nobody need ever list it.
    [
      'ended',
      aRoom({ status: 'ENDED' }),
      [anEvent('room.created', { room: summarise(aRoom()) }, { seq: 2 })],
    ],
  ])('is a room %s', (action, room, events) => {
    const { list, told } = open();
    list.announce(room, events);
    expect(briefly(told)).toEqual([[action, 'a-room', room.lastSeq]]);
  });

  it.each<RoomEvent>([
    said(3),
    anEvent('participant.muted', { participant: aParticipant('guest'), by: 'host', again: false }),
    anEvent('participant.video-off', { participant: aParticipant('guest') }),
    anEvent('hand.raised', { participant: aParticipant('guest') }),
    anEvent('hand.lowered', { participant: aParticipant('guest') }),
    anEvent('participant.forgiven', { userId: 'guest', by: 'host' }),
  ])('is not $type, of which lists show nothing', async (event) => {
    const { list, told, published, write } = open();
    write(aRoom({ lastSeq: 3 }));
    list.announce(aRoom({ lastSeq: 3 }), [event]);
    await list.announceLate([event]);
    expect([told, published]).toEqual([[], []]);
  });

  it.each<RoomEvent>([
    joined(3),
    anEvent('participant.left', { participant: aParticipant('guest'), reason: 'left' }),
    anEvent('participant.kicked', { userId: 'guest', participant: aParticipant('guest'), by: 'host' }),
    anEvent('participant.promoted', { participant: aParticipant('guest'), former: aParticipant('host') }),
    anEvent('room.updated', { room: summarise(aRoom()), by: 'host' }),
  ])('is $type', (event) => {
    const { list, told } = open();
    list.announce(aRoom({ lastSeq: 3 }), [event]);
    expect(briefly(told)).toEqual([['updated', 'a-room', 3]]);
  });

  it('is nothing of a private room, whoever tells and whenever', async () => {
    const { list, told, published, write } = open();
    const hidden = aRoom({ access: 'private', lastSeq: 3 });
    write(hidden);
    list.announce(hidden, [joined(3)]);
    await list.announceLate([joined(3)]);
    expect(await list.changedSince(noon)).toEqual([]);
    expect([told, published]).toEqual([[], []]);
  });

  it('is never told the older after the newer', () => {
    const { list, told, published, hear } = open();
    hear(changed(5));
    hear(changed(4));
    list.announce(aRoom({ lastSeq: 3 }), [joined(3)]);
    expect(briefly(told)).toEqual([['updated', 'a-room', 5]]);
    expect(published).toEqual([]);
  });

  it('is never told twice', () => {
    const { list, told, published, hear } = open();
    list.announce(aRoom({ lastSeq: 3 }), [joined(3)]);
    hear(changed(3));
    hear(changed(3));
    expect(briefly(told)).toEqual([['updated', 'a-room', 3]]);
    expect(published).toHaveLength(1);
  });

  it('is told of each room by itself', () => {
    const { told, hear } = open();
    hear(changed(5));
    hear(changed(2, { id: 'b-room' }));
    expect(briefly(told)).toEqual([
      ['updated', 'a-room', 5],
      ['updated', 'b-room', 2],
    ]);
  });

  it('is told to every listener', () => {
    const { list, hear } = open();
    const also: number[] = [];
    list.onChange(({ seq }) => also.push(seq));
    hear(changed(3));
    expect(also).toEqual([3]);
  });
});

describe('what an instance wrote that may have died before it told anyone', () => {
  it('is told of late, here and to others: each room once, as it is by now', async () => {
    const { list, told, published, write } = open();
    write(aRoom({ lastSeq: 9, title: 'By now' }));
    write(aRoom({ id: 'b-room', lastSeq: 4, status: 'ENDED', seats: [] }));
    await list.announceLate([joined(3), joined(4), joined(4, { roomId: 'b-room' })]);
    expect(briefly(told).toSorted()).toEqual([
      ['ended', 'b-room', 4],
      ['updated', 'a-room', 9],
    ]);
    expect(published).toEqual(told);
    expect(told.find(({ room }) => room.id === 'a-room')?.room.title).toBe('By now');
  });

  it('is not told again by one who knows it', async () => {
    const { list, told, published, write, hear } = open();
    write(aRoom({ lastSeq: 3 }));
    hear(changed(3));
    await list.announceLate([joined(3)]);
    expect(told).toHaveLength(1);
    expect(published).toEqual([]);
  });

  it('is nothing when the room is no longer there', async () => {
    const { list, told } = open();
    await list.announceLate([joined(3)]);
    expect(told).toEqual([]);
  });
});

describe('what changed since', () => {
  it('is each public room as it is now, the longest ago first, with when it changed', async () => {
    const { list, write } = open();
    write(aRoom({ id: 'first', lastSeq: 7 }), minutesAfterNoon(11));
    write(aRoom({ id: 'second', lastSeq: 3, createdAt: minutesAfterNoon(12) }), minutesAfterNoon(12));
    write(aRoom({ id: 'third', lastSeq: 5, status: 'ENDED' }), minutesAfterNoon(13));
    const changes = await list.changedSince(minutesAfterNoon(10));
    expect(briefly(changes)).toEqual([
      ['updated', 'first', 7],
      ['created', 'second', 3],
      ['ended', 'third', 5],
    ]);
    expect(changes.map(({ at }) => at)).toEqual([11, 12, 13].map(minutesAfterNoon));
  });

  it('reaches back a little further, since clocks differ', async () => {
    const { list, write, asked } = open();
    write(aRoom({ id: 'before' }), new Date(minutesAfterNoon(10).getTime() - MINUTE));
    write(aRoom({ id: 'just-before' }), new Date(minutesAfterNoon(10).getTime() - 1_000));
    expect(briefly(await list.changedSince(minutesAfterNoon(10)))).toEqual([['updated', 'just-before', 2]]);
    expect(asked.limit).toBe(1_000);
  });

  it('does not tell the listeners', async () => {
    const { list, write, told } = open();
    write(aRoom());
    await list.changedSince(noon);
    expect(told).toEqual([]);
  });
});

describe('after an interruption of the channels', () => {
  // All at once, since each waits for what is still on its way into the history.
  const [missed, known, hidden, down] = [open(), open(), open(), open()];

  beforeAll(async () => {
    missed.write(aRoom({ lastSeq: 3 }));
    known.write(aRoom({ lastSeq: 3 }));
    known.hear(changed(3));
    hidden.write(aRoom({ lastSeq: 3, access: 'private' }));
    down.state.down = true;
    for (const { miss } of [missed, known, hidden, down]) miss(noon);
    expect(missed.told).toEqual([]);
    missed.write(aRoom({ id: 'b-room', lastSeq: 4 }));
    await new Promise((resolve) => setTimeout(resolve, UNTIL_SETTLED));
  });

  it('what was missed is told here, and to the others, who may have missed what we wrote', () => {
    expect(briefly(missed.told)).toEqual([
      ['created', 'a-room', 3],
      ['created', 'b-room', 4],
    ]);
    expect(missed.published).toEqual(missed.told);
  });

  it('what is known here is told to the others alone', () => {
    expect(briefly(known.told)).toEqual([['updated', 'a-room', 3]]);
    expect(briefly(known.published)).toEqual([['created', 'a-room', 3]]);
  });

  it('nothing is told of a private room', () => {
    expect([hidden.told, hidden.published]).toEqual([[], []]);
  });

  it('a store that does not answer is noted, and what comes is told all the same', () => {
    expect(down.errors).toHaveLength(1);
    down.hear(changed(3));
    expect(briefly(down.told)).toEqual([['updated', 'a-room', 3]]);
  });
});
