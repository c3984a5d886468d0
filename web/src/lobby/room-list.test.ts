import { describe, expect, it } from '@jest/globals';
import { aRoom } from '../api/a-room.ts';
import type { RoomFilters } from '../api/rooms.ts';
import type { Room } from '../api/types.ts';
import { changeList, emptyList, type RoomList, type RoomListChange, type RoomUpdate } from './room-list.ts';

const told = (action: RoomUpdate['action'], room: Room): RoomListChange => ({
  type: 'told',
  update: { action, room },
});
const answered = (rooms: Room[], next: string | null = null): RoomListChange => ({
  type: 'answered',
  page: { rooms, next },
});
const asked: RoomListChange = { type: 'asked', for: 'list' };
const askedMore: RoomListChange = { type: 'asked', for: 'more' };

const changed = (list: RoomList, ...changes: RoomListChange[]): RoomList => changes.reduce(changeList, list);
const shown = (rooms: Room[], filters: RoomFilters = {}, next: string | null = null): RoomList =>
  changed(emptyList(filters), asked, answered(rooms, next));
const ids = ({ rooms }: RoomList): string[] => rooms.map(({ id }) => id);

describe('the list of rooms', () => {
  it('is loading until it was read once, and then shows what was read', () => {
    expect(emptyList({}).phase).toBe('loading');
    const list = shown([aRoom(2), aRoom(1)]);
    expect(list).toMatchObject({ phase: 'shown', reading: null, failure: null });
    expect(ids(list)).toEqual(['room-2', 'room-1']);
  });

  it('takes a new room in where it belongs, newest first', () => {
    const list = changed(shown([aRoom(3), aRoom(1)]), told('created', aRoom(4)), told('updated', aRoom(2)));
    expect(ids(list)).toEqual(['room-4', 'room-3', 'room-2', 'room-1']);
    expect([...list.arrived]).toEqual(['room-4', 'room-2']);
  });

  it('shows a room as it was told last, in its place', () => {
    const list = changed(shown([aRoom(2), aRoom(1)]), told('updated', aRoom(1, { joinedParticipants: 4 })));
    expect(ids(list)).toEqual(['room-2', 'room-1']);
    expect(list.rooms[1]?.joinedParticipants).toBe(4);
    expect(list.arrived.size).toBe(0);
  });

  it('loses a room that ended', () => {
    const list = changed(shown([aRoom(2), aRoom(1)]), told('ended', aRoom(2, { status: 'ENDED' })));
    expect(ids(list)).toEqual(['room-1']);
  });

  it('is as it was when a room that it does not show ends', () => {
    const list = shown([aRoom(1)]);
    expect(changed(list, told('ended', aRoom(9, { status: 'ENDED' })))).toBe(list);
  });
});

describe('a filtered list', () => {
  const full = { joinedParticipants: 6 };

  it('takes in only what matches', () => {
    const list = changed(
      shown([], { language: 'vi' }),
      told('created', aRoom(1, { language: 'vi' })),
      told('created', aRoom(2, { language: 'en' })),
    );
    expect(ids(list)).toEqual(['room-1']);
  });

  it('loses a room that changed so that it matches no more, and has it back when it does again', () => {
    const seated = shown([aRoom(2), aRoom(1)], { hasSeats: true });
    const without = changed(seated, told('updated', aRoom(2, full)));
    expect(ids(without)).toEqual(['room-1']);
    expect(ids(changed(without, told('updated', aRoom(2))))).toEqual(['room-2', 'room-1']);
  });

  it('shows at once what fits of what is at hand, when something else is looked for', () => {
    const list = changed(shown([aRoom(2, { language: 'vi' }), aRoom(1)], {}, 'cursor'), {
      type: 'sought',
      filters: { language: 'vi' },
    });
    expect(list).toMatchObject({ phase: 'loading', next: null, filters: { language: 'vi' } });
    expect(ids(list)).toEqual(['room-2']);
  });

  it('takes nothing new in before it was read', () => {
    expect(ids(changed(emptyList({}), told('created', aRoom(1))))).toEqual([]);
  });
});

describe('what is told while the list is read', () => {
  it('is not lost, though the answer may be older', () => {
    const list = changed(
      emptyList({}),
      asked,
      told('created', aRoom(3)),
      told('updated', aRoom(2, { joinedParticipants: 5 })),
      told('ended', aRoom(1, { status: 'ENDED' })),
      answered([aRoom(2), aRoom(1)]),
    );
    expect(ids(list)).toEqual(['room-3', 'room-2']);
    expect(list.rooms[1]?.joinedParticipants).toBe(5);
  });

  it('is each room as it was told last', () => {
    const list = changed(
      emptyList({}),
      asked,
      told('created', aRoom(1)),
      told('ended', aRoom(1, { status: 'ENDED' })),
      answered([aRoom(1)]),
    );
    expect(ids(list)).toEqual([]);
  });

  it('is shown at once where the list is read anew', () => {
    const list = changed(shown([aRoom(1)]), asked, told('created', aRoom(2)));
    expect(ids(list)).toEqual(['room-2', 'room-1']);
    expect(ids(changed(list, answered([aRoom(1)])))).toEqual(['room-2', 'room-1']);
  });

  it('does not outlive a reading: what was told before the next is older than its answer', () => {
    const list = changed(shown([]), asked, told('created', aRoom(1)), answered([]), asked, answered([]));
    expect(ids(list)).toEqual([]);
  });
});

describe('a list of several pages', () => {
  const first = shown([aRoom(9), aRoom(8)], {}, 'cursor');

  it('grows by a page, each room once', () => {
    const list = changed(first, askedMore, answered([aRoom(8), aRoom(7), aRoom(6)]));
    expect(ids(list)).toEqual(['room-9', 'room-8', 'room-7', 'room-6']);
    expect(list.next).toBeNull();
  });

  it('takes in no room that is older than what was read: it comes with its page', () => {
    const early = changed(first, told('updated', aRoom(5)));
    expect(ids(early)).toEqual(['room-9', 'room-8']);
    expect(ids(changed(early, askedMore, answered([aRoom(7), aRoom(5)])))).toContain('room-5');
  });

  it('takes in a room of any age once all pages were read', () => {
    const all = changed(first, askedMore, answered([aRoom(7)]));
    expect(ids(changed(all, told('updated', aRoom(1))))).toEqual(['room-9', 'room-8', 'room-7', 'room-1']);
  });

  it('knows how far it was read, even when the last room has ended', () => {
    const list = changed(first, told('ended', aRoom(8, { status: 'ENDED' })), told('updated', aRoom(7)));
    expect(ids(list)).toEqual(['room-9']);
  });

  it('does not bring back a room that ended while the page was read', () => {
    const list = changed(
      first,
      askedMore,
      told('ended', aRoom(7, { status: 'ENDED' })),
      answered([aRoom(7), aRoom(6)]),
    );
    expect(ids(list)).toEqual(['room-9', 'room-8', 'room-6']);
  });

  it('is the first page alone after it was read anew', () => {
    const list = changed(first, askedMore, answered([aRoom(7)]), asked, answered([aRoom(9)], 'cursor'));
    expect(ids(list)).toEqual(['room-9']);
    expect(list.next).toBe('cursor');
  });
});

describe('a reading that failed', () => {
  it('leaves what is shown, and says so until one succeeds', () => {
    const list = changed(shown([aRoom(1)]), asked, { type: 'refused', code: 'UNREACHABLE' });
    expect(list).toMatchObject({
      phase: 'shown',
      reading: null,
      failure: { of: 'list', code: 'UNREACHABLE' },
    });
    expect(ids(list)).toEqual(['room-1']);
    expect(changed(list, asked).failure).not.toBeNull();
    expect(changed(list, asked, answered([])).failure).toBeNull();
  });

  it('is of no account when nothing is read any more', () => {
    const list = shown([]);
    expect(changed(list, { type: 'refused', code: 'UNREACHABLE' })).toBe(list);
  });
});
