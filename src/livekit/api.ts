import { RoomServiceClient, ServerError, TrackType } from 'livekit-server-sdk';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { Role, Room } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { grantsFor } from './grants.ts';
import { userIdOf } from './identity.ts';

/** LiveKit's API is on our network; what takes longer is down. Seconds. */
const REQUEST_TIMEOUT = 2;

export type LiveKit = ReturnType<typeof createLiveKit>;

/**
 * What this door asks of LiveKit's API. Something that is gone already counts as removed. A failure is logged
 * here (`livekit.error`), with what was asked, and thrown on as LIVEKIT_UNAVAILABLE.
 */
export function createLiveKit(config: Config['livekit'], logger: Pick<Logger, 'warn'>) {
  const client = new RoomServiceClient(config.url, config.apiKey, config.apiSecret.reveal(), {
    requestTimeout: REQUEST_TIMEOUT,
    failover: false,
  });

  async function ask<T>(operation: string, roomId: string, call: Promise<T>, whenGone: T): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof ServerError && error.status === 404) return whenGone;
      logger.warn('livekit.error', { operation, roomId, error });
      throw unavailable(error);
    }
  }

  return {
    /** Disconnects one identity from a room. */
    async remove(roomId: string, identity: string): Promise<void> {
      await ask('removeParticipant', roomId, client.removeParticipant(roomId, identity), undefined);
    },

    /** Disconnects every device of a user from a room. */
    async removeUser(roomId: string, userId: string): Promise<void> {
      const present = await ask('listParticipants', roomId, client.listParticipants(roomId), []);
      const devices = present.filter(({ identity }) => userIdOf(identity) === userId);
      for (const { identity } of devices) await this.remove(roomId, identity);
    },

    /** Mutes the sound of every device of the users that `who` picks. */
    async mute(roomId: string, who: (userId: string) => boolean): Promise<void> {
      const present = await ask('listParticipants', roomId, client.listParticipants(roomId), []);
      const sounding = present
        .filter(({ identity }) => who(userIdOf(identity)))
        .flatMap(({ identity, tracks }) =>
          tracks
            .filter(({ type, muted }) => type === TrackType.AUDIO && !muted)
            .map(({ sid }) => ({ identity, sid })),
        );
      await Promise.all(
        sounding.map(({ identity, sid }) =>
          ask(
            'mutePublishedTrack',
            roomId,
            client.mutePublishedTrack(roomId, identity, sid, true),
            undefined,
          ),
        ),
      );
    },

    /** Gives every device of a user what `role` allows in this room, while they are connected. */
    async setRole(room: Pick<Room, 'id' | 'access'>, userId: string, role: Role): Promise<void> {
      const { canPublish, canSubscribe, canPublishData, canPublishSources } = grantsFor(room, role);
      const permission = { canPublish, canSubscribe, canPublishData, canPublishSources };
      const present = await ask('listParticipants', room.id, client.listParticipants(room.id), []);
      for (const { identity } of present.filter((one) => userIdOf(one.identity) === userId))
        await ask(
          'updateParticipant',
          room.id,
          client.updateParticipant(room.id, identity, { permission, attributes: { role } }),
          undefined,
        );
    },

    /** Closes a room and disconnects everybody in it. */
    async closeRoom(roomId: string): Promise<void> {
      await ask('deleteRoom', roomId, client.deleteRoom(roomId), undefined);
    },

    /** Whether LiveKit answers us, with our key. Not logged: health asks every second, and says so itself. */
    async ping(): Promise<void> {
      // A name that no room has: the answer is empty, and cheap however many rooms there are.
      await client.listRooms(['-']).catch((error: unknown) => Promise.reject(unavailable(error)));
    },
  };
}

const unavailable = (cause: unknown) =>
  new ServiceError('LIVEKIT_UNAVAILABLE', 'The media server does not answer. Try again shortly.', { cause });
