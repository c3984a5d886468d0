import { RoomServiceClient, ServerError } from 'livekit-server-sdk';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import { userIdOf } from './identity.ts';

/** LiveKit's API is on our network; what takes longer is down. Seconds. */
const REQUEST_TIMEOUT = 2;

export type LiveKit = ReturnType<typeof createLiveKit>;

/**
 * What this door asks of LiveKit's API. Something that is gone already counts as removed.
 * Methods throw LIVEKIT_UNAVAILABLE.
 */
export function createLiveKit(config: Config['livekit']) {
  const client = new RoomServiceClient(config.url, config.apiKey, config.apiSecret.reveal(), {
    requestTimeout: REQUEST_TIMEOUT,
    failover: false,
  });
  return {
    /** Disconnects one identity from a room. */
    async remove(roomId: string, identity: string): Promise<void> {
      await fromLiveKit(client.removeParticipant(roomId, identity), undefined);
    },

    /** Disconnects every device of a user from a room. */
    async removeUser(roomId: string, userId: string): Promise<void> {
      const present = await fromLiveKit(client.listParticipants(roomId), []);
      const devices = present.filter(({ identity }) => userIdOf(identity) === userId);
      for (const { identity } of devices) await this.remove(roomId, identity);
    },

    /** Closes a room and disconnects everybody in it. */
    async closeRoom(roomId: string): Promise<void> {
      await fromLiveKit(client.deleteRoom(roomId), undefined);
    },

    /** Whether LiveKit answers us, with our key. */
    async ping(): Promise<void> {
      // A name that no room has: the answer is empty, and cheap however many rooms there are.
      await fromLiveKit(client.listRooms(['-']), []);
    },
  };
}

async function fromLiveKit<T>(call: Promise<T>, whenGone: T): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ServerError && error.status === 404) return whenGone;
    throw new ServiceError('LIVEKIT_UNAVAILABLE', 'The media server does not answer. Try again shortly.', {
      cause: error,
    });
  }
}
