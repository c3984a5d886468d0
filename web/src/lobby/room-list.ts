import type { FailureCode } from '../api/api-error.ts';
import type { RoomFilters } from '../api/rooms.ts';
import type { Room, RoomPage } from '../api/types.ts';
import { listKeyOf, matches, newestFirst } from './room-matches.ts';

/** What `/discovery` tells of a public room. */
export type RoomUpdate = Readonly<{ action: 'created' | 'updated' | 'ended'; room: Room }>;

/** The rooms that are shown, as they were read and as they have changed since. */
export type RoomList = Readonly<{
  filters: RoomFilters;
  /** `loading` until these filters' rooms have been read once. */
  phase: 'loading' | 'shown';
  /** Newest first, each once. */
  rooms: readonly Room[];
  /** Leads to the next page; null when there is none. */
  next: string | null;
  /** The key of the oldest room that was read: what is older comes with its page, and not before. */
  reach: string;
  reading: 'list' | 'more' | null;
  /** What was told while reading: what comes may be older. The last of each room. */
  meanwhile: ReadonlyMap<string, RoomUpdate>;
  /** Rooms that came since the list was read. */
  arrived: ReadonlySet<string>;
  /** Why the last reading did not succeed. */
  failure: Readonly<{ of: 'list' | 'more'; code: FailureCode }> | null;
}>;

export type RoomListChange =
  | Readonly<{ type: 'sought'; filters: RoomFilters }>
  | Readonly<{ type: 'asked'; for: 'list' | 'more' }>
  | Readonly<{ type: 'answered'; page: RoomPage }>
  | Readonly<{ type: 'refused'; code: FailureCode }>
  | Readonly<{ type: 'told'; update: RoomUpdate }>;

/** Above and below every key. */
const NOTHING = '~';
const EVERYTHING = '';

export function emptyList(filters: RoomFilters): RoomList {
  return {
    filters,
    phase: 'loading',
    rooms: [],
    next: null,
    reach: NOTHING,
    reading: null,
    meanwhile: new Map(),
    arrived: new Set(),
    failure: null,
  };
}

export function changeList(list: RoomList, change: RoomListChange): RoomList {
  switch (change.type) {
    case 'sought':
      // What is at hand and fits stands until the answer is there.
      return {
        ...emptyList(change.filters),
        rooms: list.rooms.filter((room) => matches(room, change.filters)),
      };
    case 'asked':
      return { ...list, reading: change.for, meanwhile: new Map() };
    case 'answered':
      return answered(list, change.page);
    case 'refused':
      return list.reading === null
        ? list
        : { ...list, reading: null, failure: { of: list.reading, code: change.code } };
    case 'told': {
      const { update } = change;
      if (list.reading === null) return withUpdate(list, update);
      const meanwhile = new Map(list.meanwhile).set(update.room.id, update);
      return withUpdate({ ...list, meanwhile }, update);
    }
  }
}

function answered(list: RoomList, page: RoomPage): RoomList {
  const before = list.reading === 'more' ? list.rooms : [];
  // A page is newer than what was told before it was asked for.
  const rooms = new Map([...before, ...page.rooms].map((room) => [room.id, room]));
  const last = page.rooms.at(-1);
  const read: RoomList = {
    ...list,
    phase: 'shown',
    rooms: [...rooms.values()].sort(newestFirst),
    next: page.next,
    reach: page.next === null || last === undefined ? EVERYTHING : listKeyOf(last),
    reading: null,
    meanwhile: new Map(),
    arrived: list.reading === 'more' ? list.arrived : new Set(),
    failure: null,
  };
  return [...list.meanwhile.values()].reduce(withUpdate, read);
}

function withUpdate(list: RoomList, { action, room }: RoomUpdate): RoomList {
  const others = list.rooms.filter(({ id }) => id !== room.id);
  const wasShown = others.length < list.rooms.length;
  const isWithin = wasShown || listKeyOf(room) >= list.reach;
  if (action === 'ended' || !isWithin || !matches(room, list.filters))
    return wasShown ? { ...list, rooms: others } : list;
  return {
    ...list,
    rooms: [...others, room].sort(newestFirst),
    arrived: wasShown ? list.arrived : new Set([...list.arrived, room.id]),
  };
}
