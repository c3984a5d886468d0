import type { ListWatch, RoomListChange } from '../rooms/index.ts';
import { presentRoom } from '../wire/index.ts';
import { type LobbyOffset, writeOffset } from './offset.ts';
import { LOBBY, type LobbyServer, type LobbySocket } from './protocol.ts';

/** A room that changes faster is shown as it was last, this often: a hundred joins are a few updates. Milliseconds. */
const AT_MOST_EVERY = 200;
/** Changes that are remembered for those who were cut off; who missed more is told from the store. */
const REMEMBERED = 5_000;

/** A change, and when this instance told it. */
type Told = Readonly<{ change: RoomListChange; at: Date }>;

export type ListUpdates = ReturnType<typeof createListUpdates>;

/** Tells the lobby what changes in the list of public rooms: a new and an ended room at once. */
export function createListUpdates(deps: { io: LobbyServer; list: ListWatch; now: () => Date }) {
  const { io, list, now } = deps;
  /** Rooms that were told of a moment ago, each with what has come since. */
  const recent = new Map<string, { timer: NodeJS.Timeout; latest: RoomListChange | null }>();
  /** What the lobby was told, in that order: all of it since `rememberedSince`. */
  const told: Told[] = [];
  let rememberedSince = now();
  /** Sockets that are catching up from the store, each with what changed meanwhile. */
  const catchingUp = new Set<RoomListChange[]>();

  function tell(change: RoomListChange): void {
    told.push({ change, at: new Date(Math.max(change.at.getTime(), now().getTime())) });
    if (told.length > REMEMBERED) rememberedSince = told.splice(0, REMEMBERED / 10).at(-1)?.at ?? now();
    for (const meanwhile of catchingUp) meanwhile.push(change);
    io.local.to(LOBBY).emit(...messageOf(change));
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

  /**
   * What was told here after this place; null when we do not know. Instances may tell what happens at the very same time
   * in different orders: who was cut right between, and comes back elsewhere, may not hear of one change.
   */
  function toldAfter({ at, last }: LobbyOffset): RoomListChange[] | null {
    const changes = (some: readonly Told[]) => some.map(({ change }) => change);
    if (last === null) return at < rememberedSince ? null : changes(told.filter((one) => one.at >= at));
    const place = told.findLastIndex(
      ({ change: { room, seq } }) => room.id === last.roomId && seq <= last.seq,
    );
    return place === -1 ? null : changes(told.slice(place + 1));
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
      for (const change of toTell) socket.emit(...messageOf(change));
    } finally {
      catchingUp.delete(meanwhile);
    }
  }

  return {
    /** Lets a socket that was in the lobby in again, and tells it first what it missed. */
    async resume(socket: LobbySocket, offset: LobbyOffset): Promise<void> {
      const missed = toldAfter(offset);
      if (missed === null) await catchUpFromStore(socket, offset.at);
      else for (const change of missed) socket.emit(...messageOf(change));
      if (socket.connected) socket.join(LOBBY);
    },

    /** Where one who comes into the lobby now begins. */
    place(): LobbyOffset {
      const last = told.at(-1)?.change;
      return { in: 'lobby', at: now(), last: last ? { roomId: last.room.id, seq: last.seq } : null };
    },
  };
}

function messageOf({ action, room, seq, at }: RoomListChange) {
  const offset = writeOffset({ in: 'lobby', at, last: { roomId: room.id, seq } });
  return ['room:list-update', { action, room: presentRoom(room) }, offset] as const;
}
