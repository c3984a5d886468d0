import type { HeldConnections } from '../presence/index.ts';
import type { History, RoomEvent } from '../rooms/index.ts';
import type { ListUpdates } from './list-updates.ts';
import type { RoomMembers } from './members.ts';
import { type Offset, readOffset } from './offset.ts';
import type { LobbySocket } from './protocol.ts';
import type { Session } from './session.ts';

/** What one socket may have missed: more than this and it had better load the room anew. */
const MAX_MISSED = 2_000;

/** How a socket that was cut off goes on, once it is connected. */
export type Resumption = Readonly<{
  /** Whether it is where it was; otherwise it is in the lobby, and is told why if it does not know. */
  recovered: boolean;
  settle(session: Session): Promise<void>;
}>;

/**
 * Lets a socket that was cut off go on where it was, at whichever instance: admission is asked again, and what was
 * written since is told, each once and in order. It takes nothing but the client's own word of how far it was told
 * (offset.ts), so nothing is lost with the instance that it was connected to.
 *
 * @param deps.within milliseconds after which a client that is back begins anew
 */
export function createResume(deps: {
  history: Pick<History, 'eventsAfter'>;
  held: HeldConnections;
  members: RoomMembers;
  updates: Pick<ListUpdates, 'place' | 'resume'>;
  within: number;
  now: () => Date;
}) {
  const { history, held, members, updates, within, now } = deps;
  const isRecent = (time: Date): boolean => now().getTime() - time.getTime() <= within;

  async function toRoom(
    session: Session,
    { roomId, seq }: Offset & { in: 'room' },
  ): Promise<Resumption | null> {
    const missed = await history.eventsAfter(roomId, seq, MAX_MISSED);
    const [first] = missed;
    if (missed.length === MAX_MISSED || (first && !isRecent(first.at))) return null;
    const arrival = await held.resume(session.socket.id, roomId, session.principal.user);
    if (!arrival.admitted) return { recovered: false, settle: () => tellUntilOut(session, roomId, seq) };
    return {
      recovered: true,
      async settle() {
        if (await members.enter(session.socket, session.userId, arrival.room, seq)) session.roomId = roomId;
      },
    };
  }

  /** Who was in and is out by now hears what they would have heard, up to that. Others hear nothing. */
  async function tellUntilOut(session: Session, roomId: string, seq: number): Promise<void> {
    // Read once they are out: it may have happened since they came.
    const missed = await history.eventsAfter(roomId, seq, MAX_MISSED);
    for (const event of untilOut(session.userId, missed)) members.send(session.socket, event);
    members.toLobby(session.socket);
  }

  /** @returns null for a socket that begins anew */
  return async function resume(socket: LobbySocket, session: Session): Promise<Resumption | null> {
    const offset = readOffset(socket.handshake.auth['offset']);
    if (offset === null) return null;
    if (offset.in === 'room') return toRoom(session, offset);
    if (!isRecent(offset.at)) return null;
    return { recovered: true, settle: () => updates.resume(socket, offset) };
  };
}

/** The events up to the one by which a user who held a seat was out; none when there is no such. */
function untilOut(userId: string, events: readonly RoomEvent[]): readonly RoomEvent[] {
  const leaving = events.findIndex(
    ({ type, data }) =>
      (type === 'participant.left' && data.participant.userId === userId) ||
      (type === 'participant.kicked' && data.participant?.userId === userId),
  );
  const event = events[leaving];
  if (!event) return [];
  // Whom the end of the room found inside hears that it ended, and so does the last one, with whom it ended.
  const byEnd = event.type === 'participant.left' && event.data.reason === 'ended';
  const ended = events.findIndex(({ type }) => type === 'room.ended');
  const end = byEnd || ended === leaving + 1 ? ended : leaving;
  return events.slice(0, end + 1);
}
