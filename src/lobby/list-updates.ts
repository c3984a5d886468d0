import { createHash } from 'node:crypto';
import type { ListWatch, RoomListChange } from '../rooms/index.ts';
import { presentRoom } from '../wire/index.ts';
import { type LobbyOffset, MARK_LENGTH, MAX_MARKS, writeOffset } from './offset.ts';
import { LOBBY, type LobbyServer, type LobbySocket } from './protocol.ts';

/** A room that changes faster is shown as it was last, this often: a hundred joins are a few updates. Milliseconds. */
const AT_MOST_EVERY = 200;
/** Changes that are remembered for those who were cut off; who missed more is told from the store. */
const REMEMBERED = 5_000;

/**
 * Two instances may tell what happens at the same time in different orders, by as much as a room rests and a message takes.
 * Someone who comes from the other is told what was told here in this time before their place, too, unless they know it:
 * the marks of what they heard (`heard`) reach further back than we look. Milliseconds.
 */
const LOOK_BACK = 300;
const MARKS_REACH = 1_000;

/** A change, and when this instance told it. */
type Told = Readonly<{ change: RoomListChange; at: Date; mark: string }>;

/** What is told of a room, as clients see it. */
export type ListUpdate = Readonly<{ action: RoomListChange['action']; room: ReturnType<typeof presentRoom> }>;

export type ListUpdates = ReturnType<typeof createListUpdates>;

/** Tells the lobby what changes in the list of public rooms: a new and an ended room at once. */
export function createListUpdates(deps: { io: LobbyServer; list: ListWatch; now: () => Date }) {
  const { io, list, now } = deps;
  /** Rooms that were told of a moment ago, each with what has come since. */
  const recent = new Map<string, { timer: NodeJS.Timeout; latest: RoomListChange | null }>();
  /** What the lobby was told, in that order: all of it since `rememberedSince`. */
  const told: Told[] = [];
  let rememberedSince = now();
  const listeners: ((update: ListUpdate) => void)[] = [];
  /** Sockets that are catching up from the store, each with what changed meanwhile. */
  const catchingUp = new Set<RoomListChange[]>();

  function tell(change: RoomListChange): void {
    told.push({ change, at: new Date(Math.max(change.at.getTime(), now().getTime())), mark: markOf(change) });
    if (told.length > REMEMBERED) rememberedSince = told.splice(0, REMEMBERED / 10).at(-1)?.at ?? now();
    for (const meanwhile of catchingUp) meanwhile.push(change);
    const [name, update, offset] = messageOf(change, recentMarks());
    io.local.to(LOBBY).emit(name, update, offset);
    for (const listener of listeners) listener(update);
  }

  /** Of what was told a moment ago. */
  function recentMarks(): string[] {
    const since = now().getTime() - MARKS_REACH;
    return told.slice(-MAX_MARKS).flatMap(({ at, mark }) => (at.getTime() >= since ? [mark] : []));
  }

  /** @returns whether there was something to tell */
  function tellLatest(roomId: string): boolean {
    const resting = recent.get(roomId);
    if (!resting?.latest) return false;
    const { latest } = resting;
    resting.latest = null;
    tell(latest);
    return true;
  }

  function rest(roomId: string): void {
    const timer = setTimeout(() => {
      const again = tellLatest(roomId);
      recent.delete(roomId);
      if (again) rest(roomId);
    }, AT_MOST_EVERY).unref();
    recent.set(roomId, { timer, latest: null });
  }

  list.onChange((change) => {
    const { id } = change.room;
    const resting = recent.get(id);
    if (resting && change.action === 'updated') {
      resting.latest = change;
      return;
    }
    if (resting) clearTimeout(resting.timer);
    recent.delete(id);
    tell(change);
    if (change.action !== 'ended') rest(id);
  });

  /** What was told here and this one does not know, before its place and after; null when we do not know its place. */
  function unknownTo({ at, last }: LobbyOffset): { before: Told[]; after: Told[] } | null {
    if (last === null)
      return at < rememberedSince ? null : { before: [], after: told.filter((one) => one.at >= at) };
    const place = told.findLastIndex(
      ({ change: { room, seq } }) => room.id === last.roomId && seq <= last.seq,
    );
    const from = told[place]?.at.getTime();
    if (from === undefined) return null;
    // No further back than marks reach.
    const begin = Math.max(0, place - MAX_MARKS / 2);
    const around = told.slice(begin);
    // Who heard of a room's later change needs no earlier one.
    const heardUpTo = new Map([[last.roomId, last.seq]]);
    const newest = new Map<string, number>();
    for (const { change, mark } of around) {
      const { id } = change.room;
      if (last.heard.includes(mark)) heardUpTo.set(id, Math.max(change.seq, heardUpTo.get(id) ?? 0));
      newest.set(id, change.seq);
    }
    const isUnknown = ({ change: { room, seq } }: Told) => seq > (heardUpTo.get(room.id) ?? 0);
    const isNewest = ({ change: { room, seq } }: Told) => newest.get(room.id) === seq;
    return {
      before: told
        .slice(begin, place)
        .filter((one) => one.at.getTime() >= from - LOOK_BACK && isUnknown(one) && isNewest(one)),
      after: told.slice(place + 1).filter(isUnknown),
    };
  }

  async function catchUpFromStore(socket: LobbySocket, since: Date): Promise<void> {
    const meanwhile: RoomListChange[] = [];
    catchingUp.add(meanwhile);
    try {
      const missed = await list.changedSince(since);
      // What others are about to be told of these rooms is told before this one hears what they hear.
      for (const { room } of missed) tellLatest(room.id);
      const cameUpTo = new Map(meanwhile.map(({ room, seq }) => [room.id, seq]));
      const readUpTo = new Map(missed.map(({ room, seq }) => [room.id, seq]));
      const toTell = [
        ...missed.filter(({ room, seq }) => seq > (cameUpTo.get(room.id) ?? 0)),
        ...meanwhile.filter(({ room, seq }) => seq >= (readUpTo.get(room.id) ?? 0)),
      ];
      for (const change of toTell) socket.emit(...messageOf(change, [markOf(change)]));
    } finally {
      catchingUp.delete(meanwhile);
    }
  }

  return {
    /** Told whatever the lobby is told, when it is. */
    onTold: (listener: (update: ListUpdate) => void): void => void listeners.push(listener),

    /** Lets a socket that was in the lobby in again, and tells it first what it missed. */
    async resume(socket: LobbySocket, offset: LobbyOffset): Promise<void> {
      const unknown = unknownTo(offset);
      if (unknown === null) await catchUpFromStore(socket, offset.at);
      else tellEach(socket, unknown, offset);
      if (socket.connected) socket.join(LOBBY);
    },

    /** Where one who comes into the lobby now begins. */
    place(): LobbyOffset {
      const last = told.at(-1)?.change;
      const heard = recentMarks();
      return { in: 'lobby', at: now(), last: last ? { roomId: last.room.id, seq: last.seq, heard } : null };
    },
  };
}

/** What stood before its place does not move it: its last message says how far it knows. */
function tellEach(
  socket: LobbySocket,
  { before, after }: { before: readonly Told[]; after: readonly Told[] },
  from: LobbyOffset,
): void {
  const heard = [...(from.last?.heard ?? [])];
  for (const { change, mark } of before) {
    heard.push(mark);
    const last = from.last && { ...from.last, heard: heard.slice(-MAX_MARKS) };
    const [name, payload] = messageOf(change, []);
    socket.emit(name, payload, writeOffset({ ...from, last }));
  }
  for (const { change, mark } of after) {
    heard.push(mark);
    socket.emit(...messageOf(change, heard.slice(-MAX_MARKS)));
  }
}

/** Short enough that an offset can carry some; that two are the same by chance is one in 2^36. */
function markOf({ room, seq }: RoomListChange): string {
  return createHash('sha256').update(`${room.id}/${seq}`).digest('base64url').slice(0, MARK_LENGTH);
}

function messageOf({ action, room, seq, at }: RoomListChange, heard: readonly string[]) {
  const offset = writeOffset({ in: 'lobby', at, last: { roomId: room.id, seq, heard } });
  const update: ListUpdate = { action, room: presentRoom(room) };
  return ['room:list-update', update, offset] as const;
}
