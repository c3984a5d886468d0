import type { AccessTokens } from '../auth/index.ts';
import { ServiceError } from '../errors.ts';
import type { HeldConnections } from '../presence/index.ts';
import type { Rooms, SeatedIn } from '../rooms/index.ts';
import { presentMessage, presentParticipant, presentPresent, presentRoom } from '../wire/index.ts';
import type { SocketHandler, SocketHandlers } from './dispatch.ts';
import type { RoomMembers } from './members.ts';
import { type LobbyServer, memberOf } from './protocol.ts';
import type { Session } from './session.ts';

/** What each event of a client does (spec/2-rooms.md). */
export function createHandlers(deps: {
  io: LobbyServer;
  rooms: Rooms;
  members: RoomMembers;
  held: HeldConnections;
  tokens: AccessTokens;
  /** Whether other instances can be reached now. */
  othersReachable: () => boolean;
}): SocketHandlers {
  const { io, rooms, members, held, tokens, othersReachable } = deps;

  /** To the one person in the same room: their sockets there hear it, at whichever instance, and nobody else. */
  const relay =
    (
      name: 'webrtc:offer' | 'webrtc:answer' | 'webrtc:ice-candidate',
    ): SocketHandler<'webrtc:offer' | 'webrtc:answer' | 'webrtc:ice-candidate'> =>
    async (session, { targetUserId, ...said }) => {
      const roomId = roomOf(session);
      if (!members.isSeated(roomId, targetUserId))
        throw new ServiceError('NO_SUCH_PARTICIPANT', 'This user is not in the room.');
      const target = memberOf(roomId, targetUserId);
      const message = { ...said, senderUserId: session.userId };
      if (othersReachable()) io.to(target).emit(name, message);
      else if (members.isHere(roomId, targetUserId)) io.local.to(target).emit(name, message);
      else
        throw new ServiceError('RELAY_UNAVAILABLE', 'They cannot be reached right now. Try again shortly.');
      return {};
    };

  /** A seat, and the socket in the room; or neither is left behind. */
  async function comeIn(session: Session, roomId: string): Promise<SeatedIn> {
    const { socket, userId, principal } = session;
    const wasIn = session.roomId === roomId;
    let isIn = wasIn;
    await members.listen(socket, roomId, userId);
    try {
      const seated = await held.enter(socket.id, roomId, principal.user);
      if (wasIn) {
        members.stay(roomId, socket, seated.room);
        // Else their leaving, at another door, was told meanwhile, and put the socket out: it comes in from the lobby.
        return session.roomId === roomId ? seated : await comeIn(session, roomId);
      }
      isIn = await members.enter(socket, userId, seated.room);
      if (!isIn) throw notIn();
      session.roomId = roomId;
      return seated;
    } finally {
      if (!isIn) {
        members.stopListening(socket, roomId, userId);
        await held.gone(socket.id);
      }
    }
  }

  return {
    async 'room:join'(session, { roomId }) {
      if (session.roomId !== null && session.roomId !== roomId)
        throw new ServiceError('IN_ANOTHER_ROOM', 'You are in a room; leave it first.');
      const { room, participant } = await comeIn(session, roomId);
      return {
        room: presentRoom(room),
        participants: presentPresent(room),
        participant: presentParticipant(participant),
      };
    },

    async 'room:leave'(session, { roomId }) {
      if (roomOf(session) !== roomId) throw notIn();
      await rooms.leave(roomId, session.userId);
      // As a rule the event has put it out by now.
      if (session.roomId === roomId) members.putOut(roomId, session.socket);
      return {};
    },

    async 'chat:message'(session, { message }) {
      const said = await rooms.say(roomOf(session), session.userId, message);
      return { message: presentMessage(said) };
    },

    'webrtc:offer': relay('webrtc:offer'),
    'webrtc:answer': relay('webrtc:answer'),
    'webrtc:ice-candidate': relay('webrtc:ice-candidate'),

    async 'media:toggle-mic'(session, { isMuted }) {
      await rooms.setMuted(roomOf(session), session.userId, isMuted);
      return { isMuted };
    },

    async 'media:toggle-video'(session, { isVideoOff }) {
      await rooms.setVideoOff(roomOf(session), session.userId, isVideoOff);
      return { isVideoOff };
    },

    async 'hand:raise'(session) {
      await rooms.setHandRaised(roomOf(session), session.userId, true);
      return {};
    },

    async 'hand:lower'(session) {
      await rooms.setHandRaised(roomOf(session), session.userId, false);
      return {};
    },

    async 'auth:renew'(session, { token }) {
      const principal = await tokens.verify(token);
      session.renew(principal);
      return { expiresAt: new Date(principal.expiresAt * 1_000) };
    },
  };
}

function roomOf(session: Session): string {
  if (session.roomId === null) throw notIn();
  return session.roomId;
}

const notIn = () => new ServiceError('NO_SEAT', 'You are not in this room; join it first.');
