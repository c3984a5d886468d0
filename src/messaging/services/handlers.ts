import { ServiceError } from '../../errors.ts';
import type { Mint } from '../../livekit/index.ts';
import type { Rooms } from '../../rooms/index.ts';
import { activeTraceparent, type Logger } from '../../telemetry/index.ts';
import {
  presentParticipant,
  presentPresent,
  presentRoom,
  presentRoomWithParticipants,
} from '../../wire/index.ts';
import type { Answered, Asked, Subject } from './schemas.ts';

export type Handlers = { readonly [S in Subject]: (asked: Asked<S>) => Promise<Answered<S>> };

/** Who ended a room, as its event says. */
const BACKEND = 'backend';
/** A room is handed over at most so often while we put someone out in its host's name. */
const TRIES = 3;

/** What other backends may: what administrators may, and what hosts may in their rooms. */
export function createHandlers(deps: {
  rooms: Rooms;
  mint: Mint;
  serverUrl: string;
  logger: Logger;
}): Handlers {
  const { rooms, mint, logger } = deps;

  /** By right of the host, whoever that is now. @throws INVALID_REQUEST when it is the host who is to go */
  async function kick(roomId: string, userId: string) {
    for (let tries = 1; ; tries += 1) {
      const { hostId } = await rooms.get(roomId);
      try {
        return await rooms.kick(roomId, hostId, userId);
      } catch (error) {
        const wasHandedOver = error instanceof ServiceError && error.code === 'NOT_HOST';
        if (!wasHandedOver || tries === TRIES) throw error;
      }
    }
  }

  return {
    async 'realtime.rooms.get'({ roomId }) {
      const room = await rooms.get(roomId);
      return presentRoomWithParticipants(room, room.hostId);
    },

    async 'realtime.rooms.list'(asked) {
      const page = await rooms.list(asked);
      return { rooms: page.rooms.map(presentRoom), next: page.next };
    },

    async 'realtime.rooms.create'({ host, topic = null, language = null, ...rest }) {
      const room = await rooms.create(host, { topic, language, ...rest });
      logger.info('room.created', { roomId: room.id, userId: host.id, door: 'nats' });
      return presentRoomWithParticipants(room, room.hostId);
    },

    async 'realtime.rooms.end'({ roomId }) {
      const room = await rooms.end(roomId, { userId: BACKEND, administrator: true });
      logger.info('room.ended', { roomId, userId: BACKEND, door: 'nats' });
      return presentRoom(room);
    },

    async 'realtime.participants.list'({ roomId, ...page }) {
      const room = await rooms.get(roomId);
      const former = await rooms.formerParticipants(room, page);
      return {
        present: presentPresent(room),
        former: former.items.map(presentParticipant),
        next: former.next,
      };
    },

    async 'realtime.participants.kick'({ roomId, userId }) {
      const room = await kick(roomId, userId);
      logger.info('participant.kicked', { roomId, userId, by: BACKEND });
      return presentRoomWithParticipants(room, room.hostId);
    },

    async 'realtime.tokens.mint'({ roomId, user }) {
      const seated = await rooms.join(roomId, user);
      const { token, expiresAt } = await mint(seated, activeTraceparent());
      logger.info('token.minted', { roomId, userId: user.id, role: seated.participant.role, door: 'nats' });
      return {
        server_url: deps.serverUrl,
        participant_token: token,
        expiresAt,
        room: presentRoom(seated.room),
        participant: presentParticipant(seated.participant),
      };
    },
  };
}
