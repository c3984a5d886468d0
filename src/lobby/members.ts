import type { Feed, History, Room, RoomEvent } from '../rooms/index.ts';
import { activeTraceId, inSpan } from '../telemetry/index.ts';
import { goneBy, messageOf, presentPresent, presentRoom } from '../wire/index.ts';
import type { ListUpdates } from './list-updates.ts';
import { writeOffset } from './offset.ts';
import { inRoom, LOBBY, type LobbyServer, type LobbySocket, memberOf } from './protocol.ts';

/** Events of one read while a socket catches up; what is more comes with the next. */
const CATCH_UP = 500;

/**
 * `knows`: the newest `seq` that the socket was told, or that lay in the room as it was shown when it came in. Past that
 * it hears what everybody hears.
 * `seatedAt`: the `seq` at which its user was seen to hold a seat. What happened to them before that is over.
 */
type Member = Readonly<{ socket: LobbySocket; userId: string; knows: number; seatedAt: number }>;
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
  lobby: Pick<ListUpdates, 'place'>;
  /** Resolves when what is sent to a Socket.IO room that was joined here comes through from other instances. */
  subscribed: () => Promise<void>;
}) {
  const { io, feed, history, onOut, lobby, subscribed } = deps;
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
    // With the last one the room ends, in the same change: they are to hear that too.
    if (gone === null || (gone !== 'everybody' && members.seated.size === 0)) return;
    for (const { socket, userId, seatedAt } of [...members.sockets.values()])
      if (seatedAt < event.seq && (gone === 'everybody' || gone === userId)) putOut(event.roomId, socket);
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
    if (!socket.connected) return;
    socket.join(LOBBY);
    socket.emit('lobby:entered', {}, writeOffset(lobby.place()));
  }

  function leave(roomId: string, socket: LobbySocket): void {
    const members = rooms.get(roomId);
    const member = members?.sockets.get(socket.id);
    if (!members || !member) return;
    socket.leave(inRoom(roomId));
    socket.leave(memberOf(roomId, member.userId));
    members.sockets.delete(socket.id);
    prune(roomId);
  }

  /** A room without sockets here is followed no longer. */
  function prune(roomId: string): void {
    if (rooms.get(roomId)?.sockets.size !== 0) return;
    rooms.delete(roomId);
    feed.unfollow(roomId);
  }

  feed.onEvent(hear);

  return {
    /**
     * What others in the room send to this user reaches the socket from here on. To be done before they can know that
     * the user is in: they may greet them at once.
     */
    async listen(socket: LobbySocket, roomId: string, userId: string): Promise<void> {
      await socket.join(memberOf(roomId, userId));
      await subscribed();
    },

    /** Undoes `listen` for one who is not in after all. */
    stopListening(socket: LobbySocket, roomId: string, userId: string): void {
      if (!rooms.get(roomId)?.sockets.has(socket.id)) void socket.leave(memberOf(roomId, userId));
    },

    /**
     * Lets a socket into the room as its user sees it now, and tells it whatever happened meanwhile.
     *
     * @param room as read or written just now, the user's seat in it
     * @param knows what the socket was told already, if it was cut off and is back; else it is shown the room
     * @returns whether it is in: it may have gone meanwhile, or its user been put out, of which it was told
     * @throws STORE_UNAVAILABLE; the socket is not in then
     */
    enter(socket: LobbySocket, userId: string, room: Room, knows?: number): Promise<boolean> {
      if (knows === undefined) show(socket, room);
      return comeIn(socket, userId, room, Math.min(knows ?? room.lastSeq, room.lastSeq));
    },

    /**
     * A socket that is in took its seat anew: no leaving from before that puts it out.
     * @param room as read or written just now, the user's seat in it
     */
    stay(roomId: string, socket: LobbySocket, room: Room): void {
      const sockets = rooms.get(roomId)?.sockets;
      const member = sockets?.get(socket.id);
      if (member) sockets?.set(socket.id, { ...member, seatedAt: Math.max(member.seatedAt, room.lastSeq) });
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

  /** @param from what the socket knows */
  async function comeIn(socket: LobbySocket, userId: string, room: Room, from: number): Promise<boolean> {
    if (!rooms.has(room.id))
      rooms.set(room.id, { sockets: new Map(), seated: new Set(room.seats.map((seat) => seat.userId)) });
    feed.follow(room.id, room.lastSeq);
    const { upTo, isOut } = await catchUp(socket, userId, room, from).catch((error: unknown) => {
      prune(room.id);
      throw error;
    });
    if (isOut || !socket.connected) {
      prune(room.id);
      if (isOut) sendOut(socket);
      return false;
    }
    const members = rooms.get(room.id);
    // The last of the others left meanwhile, and took the room with them.
    if (!members) return comeIn(socket, userId, room, upTo);
    members.sockets.set(socket.id, { socket, userId, knows: upTo, seatedAt: room.lastSeq });
    socket.leave(LOBBY);
    socket.join([inRoom(room.id), memberOf(room.id, userId)]);
    return true;
  }

  /**
   * Others may have been told more than this socket knows: it is told that before it hears what they hear.
   * @param room in which its user holds a seat
   * @returns up to where it knows now, and whether its user is out by then
   */
  async function catchUp(socket: LobbySocket, userId: string, room: Room, from: number) {
    const roomId = room.id;
    let upTo = from;
    let isOut = false;
    for (let told = feed.told(roomId) ?? upTo; told > upTo; told = feed.told(roomId) ?? upTo) {
      const missed = await history.eventsAfter(roomId, upTo, CATCH_UP);
      if (missed.length === 0) break;
      for (const event of missed) {
        upTo = event.seq;
        // Who is out hears nothing more, but that with them the room ended.
        if (isOut && event.type !== 'room.ended') return { upTo, isOut };
        send(socket, event);
        const gone = goneBy(event);
        if (event.seq > room.lastSeq && (gone === 'everybody' || gone === userId)) isOut = true;
      }
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
