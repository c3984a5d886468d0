import { setTimeout as sleep } from 'node:timers/promises';
import { type EventHandler, type RoomEvent, type Rooms, seatOf } from '../../rooms/index.ts';
import type { Book } from './book.ts';
import type { UserConnection } from './connection.ts';
import type { Servers } from './servers.ts';

/** By then who is put out has heard that they are, if they listen. Milliseconds. */
const LAST_WORD = 200;

type Effect<T extends RoomEvent['type']> = (event: RoomEvent & { type: T }) => Promise<void>;

/**
 * Closes the connections of those who are out: kicked, gone through another door, or the room is over. Looks at the room
 * as it is now: by the time this is done (again), the one who left may be back. Whoever connects in that moment, let in
 * just before, is refused when their coming is told (reports.ts).
 *
 * @param deps.isPending the book may lack connections: the sweep that is asked for by this closes those who are out
 * @param deps.onBack they hold a seat again, which may not count these connections
 */
export function closeThoseOut(deps: {
  book: Pick<Book, 'inRoom'>;
  servers: Pick<Servers, 'close'>;
  rooms: Pick<Rooms, 'get'>;
  isPending: () => boolean;
  onBack: (connection: UserConnection) => void;
  onClosed: (connection: UserConnection, reason: string) => void;
}): EventHandler {
  const { book, servers, rooms, isPending, onBack, onClosed } = deps;

  async function close(connections: readonly UserConnection[], reason: string): Promise<void> {
    const closing = connections.map(async (connection) => {
      await servers.close(connection);
      onClosed(connection, reason);
    });
    for (const closed of await Promise.allSettled(closing))
      if (closed.status === 'rejected') throw closed.reason;
  }

  async function out(roomId: string, userId: string, reason: string): Promise<void> {
    if (isPending() || book.inRoom(roomId, userId).length === 0) return;
    await sleep(LAST_WORD);
    const connections = book.inRoom(roomId, userId);
    if (!seatOf(await rooms.get(roomId), userId)) await close(connections, reason);
    else for (const connection of connections) onBack(connection);
  }

  const left: Effect<'participant.left'> = async ({ roomId, data }) => {
    // Who is out because the room is over goes with it.
    if (data.reason !== 'ended') await out(roomId, data.participant.userId, data.reason);
  };
  const kicked: Effect<'participant.kicked'> = ({ roomId, data }) => out(roomId, data.userId, 'kicked');
  const ended: Effect<'room.ended'> = async ({ roomId }) => {
    if (isPending() || book.inRoom(roomId).length === 0) return;
    await sleep(LAST_WORD);
    await close(book.inRoom(roomId), 'ended');
  };

  const effects: { [T in RoomEvent['type']]?: Effect<T> } = {
    'participant.left': left,
    'participant.kicked': kicked,
    'room.ended': ended,
  };
  return async (event) => (effects[event.type] as Effect<RoomEvent['type']> | undefined)?.(event);
}
