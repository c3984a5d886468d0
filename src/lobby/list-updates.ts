import type { ListWatch, RoomListChange } from '../rooms/index.ts';
import { presentRoom } from '../wire/index.ts';
import { writeOffset } from './offset.ts';
import { LOBBY, type LobbyServer, type LobbySocket } from './protocol.ts';

/** A room that changes faster is shown as it was last, this often: a hundred joins are a few updates. Milliseconds. */
const AT_MOST_EVERY = 200;

export type ListUpdates = ReturnType<typeof createListUpdates>;

/** Tells the lobby what changes in the list of public rooms: a new and an ended room at once. */
export function createListUpdates(deps: { io: LobbyServer; list: ListWatch }) {
  const { io, list } = deps;
  /** Rooms that were told of a moment ago, each with what has come since. */
  const recent = new Map<string, { timer: NodeJS.Timeout; latest: RoomListChange | null }>();
  /** Sockets that are catching up, each with what changed meanwhile. */
  const catchingUp = new Set<RoomListChange[]>();

  function tell(change: RoomListChange): void {
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

  return {
    /** Lets a socket that was in the lobby until `since` in again, and tells it first what it missed. */
    async resume(socket: LobbySocket, since: Date): Promise<void> {
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
      if (socket.connected) socket.join(LOBBY);
    },
  };
}

function messageOf({ action, room, at }: RoomListChange) {
  return ['room:list-update', { action, room: presentRoom(room) }, writeOffset({ in: 'lobby', at })] as const;
}
