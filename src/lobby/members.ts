import type { Feed, History, Room, RoomEvent } from '../rooms/index.ts';
import { activeTraceId, inSpan } from '../telemetry/index.ts';
import { presentPresent, presentRoom } from '../wire/index.ts';
import { goneBy, messageOf } from './messages.ts';
import { writeOffset } from './offset.ts';
import { inRoom, LOBBY, type LobbyServer, type LobbySocket, memberOf } from './protocol.ts';

/** Events of one read while a socket catches up; what is more comes with the next. */
const CATCH_UP = 500;

/**
 * `knows`: the newest `seq` that the socket was told, or that lay in the room as it was shown when it came in.
 * Past that it hears what everybody hears.
 */
type Member = Readonly<{ socket: LobbySocket; userId: string; knows: number }>;
type Members = { sockets: Map<string, Member>; seated: Set<string> };

export type RoomMembers = ReturnType<typeof createRoomMembers>;

/**
 * The sockets of this instance that are in rooms, and what they are told: each event of their room once and in
 * order, beginning after what they know. Whoever is out by an event hears of it, and is in the lobby then.
 *
 * @param deps.onOut a socket's user is no longer in its room
 */
export function createRoomMembers(deps: {
  io: LobbyServer;
  feed: Feed;
  history: Pick<History, 'eventsAfter'>;
  onOut: (socket: LobbySocket) => void;
  now: () => Date;
}) {
  const { io, feed, history, onOut, now } = deps;
  const rooms = new Map<string, Members>();

  function hear(event: RoomEvent): void {
    const members = rooms.get(event.roomId);
    if (!members) return;
    // Part of the trace of what it tells of, where that is known.
    if (activeTraceId() === undefined) tell(event, members);
    else void inSpan(`tell ${event.type}`, { 'room.id': event.roomId }, async () => tell(event, members));
  }

  function tell(event: RoomEvent, members: Members): void {
    note(members, event);
    const message = messageOf(event);
    if (message) {
      const aware = [...members.sockets.values()].filter(({ knows }) => knows >= event.seq);
      const offset = writeOffset({ in: 'room', roomId: event.roomId, seq: event.seq });
      io.local
        .to(inRoom(event.roomId))
        .except(aware.map(({ socket }) => socket.id))
        .emit(...message, offset);
    }
    const gone = goneBy(event);
    if (gone === null) return;
    for (const { socket, userId, knows } of [...members.sockets.values()])
      if (knows < event.seq && (gone === 'everybody' || gone === userId)) putOut(event.roomId, socket);
  }

  /** Keeps up with who holds a seat. */
  function note({ seated }: Members, event: RoomEvent): void {
    const gone = goneBy(event);
    if (event.type === 'participant.joined') seated.add(event.data.participant.userId);
    else if (gone === 'everybody') seated.clear();
    else if (gone !== null) seated.delete(gone);
  }

  function putOut(roomId: string, socket: LobbySocket): void {
    leave(roomId, socket);
    sendOut(socket);
  }

  function sendOut(socket: LobbySocket): void {
    onOut(socket);
    toLobby(socket);
  }

  /** With a place to go on from after a cut, as long as nothing else is told. */
  function toLobby(socket: LobbySocket): void {
    socket.join(LOBBY);
    socket.emit('lobby:entered', {}, writeOffset({ in: 'lobby', at: now() }));
  }

  function leave(roomId: string, socket: LobbySocket): void {
    const members = rooms.get(roomId);
    const member = members?.sockets.get(socket.id);
    if (!members || !member) return;
    socket.leave(inRoom(roomId));
    socket.leave(memberOf(roomId, member.userId));
    members.sockets.delete(socket.id);
    prune(roomId, members);
  }

  /** A room without sockets here is followed no longer. */
  function prune(roomId: string, members: Members): void {
    if (members.sockets.size > 0) return;
    rooms.delete(roomId);
    feed.unfollow(roomId);
  }

  feed.onEvent(hear);

  return {
    /**
     * Lets a socket into the room as its user sees it now, and tells it whatever happened meanwhile.
     *
     * @param room as read or written just now, the user's seat in it
     * @param knows what the socket was told already, if it was cut off and is back; else it is shown the room
     */
    async enter(socket: LobbySocket, userId: string, room: Room, knows?: number): Promise<void> {
      if (!rooms.has(room.id))
        rooms.set(room.id, { sockets: new Map(), seated: new Set(room.seats.map((seat) => seat.userId)) });
      feed.follow(room.id, room.lastSeq);
      if (knows === undefined) show(socket, room);
      const { upTo, isOut } = await catchUp(socket, userId, room.id, knows ?? room.lastSeq);
      const members = rooms.get(room.id);
      if (isOut || !socket.connected) {
        if (members) prune(room.id, members);
        if (isOut) sendOut(socket);
        return;
      }
      // The last of the others left meanwhile, and took the room with them.
      if (!members) return this.enter(socket, userId, room, upTo);
      members.sockets.set(socket.id, { socket, userId, knows: upTo });
      socket.leave(LOBBY);
      socket.join([inRoom(room.id), memberOf(room.id, userId)]);
    },

    leave,
    putOut,
    toLobby,
    send,

    /** Whether the user holds a seat in a room that a socket of this instance is in. */
    isSeated: (roomId: string, userId: string): boolean => rooms.get(roomId)?.seated.has(userId) ?? false,

    /** Whether a socket of this very instance is theirs. */
    isHere: (roomId: string, userId: string): boolean =>
      [...(rooms.get(roomId)?.sockets.values() ?? [])].some((member) => member.userId === userId),
  };

  /**
   * Others may have been told more than this socket knows: it is told that before it hears what they hear.
   * @returns up to where it knows now, and whether its user is out by then
   */
  async function catchUp(socket: LobbySocket, userId: string, roomId: string, from: number) {
    let upTo = from;
    let isOut = false;
    for (let told = feed.told(roomId) ?? upTo; told > upTo; told = feed.told(roomId) ?? upTo) {
      const missed = await history.eventsAfter(roomId, upTo, CATCH_UP);
      if (missed.length === 0) break;
      for (const event of missed) {
        send(socket, event);
        const gone = goneBy(event);
        if (gone === 'everybody' || gone === userId) isOut = true;
        // Cut off for longer than the grace, and let in again.
        else if (event.type === 'participant.joined' && event.data.participant.userId === userId)
          isOut = false;
      }
      upTo = missed.at(-1)?.seq ?? upTo;
    }
    return { upTo, isOut };
  }

  /** The room and who is in, to whoever comes in: from here on there is a place to go on from after a cut. */
  function show(socket: LobbySocket, room: Room): void {
    const offset = writeOffset({ in: 'room', roomId: room.id, seq: room.lastSeq });
    socket.emit('room:state', { room: presentRoom(room), participants: presentPresent(room) }, offset);
  }

  function send(socket: LobbySocket, event: RoomEvent): void {
    const message = messageOf(event);
    if (message) socket.emit(...message, writeOffset({ in: 'room', roomId: event.roomId, seq: event.seq }));
  }
}
