import { setTimeout as sleep } from 'node:timers/promises';
import { RoomServiceClient, ServerError, TrackSource, TrackType } from 'livekit-server-sdk';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { Role, Room } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { grantsFor } from './grants.ts';
import { userIdOf } from './identity.ts';

/** LiveKit's API is on our network; what takes longer is down. Seconds. */
const REQUEST_TIMEOUT = 2;

/** One whose offer LiveKit has is in the room within milliseconds. Milliseconds between tries. */
const ARRIVAL_PAUSE = 25;
const ARRIVAL_TRIES = 60;

/** What one participant publishes. `source` is in LiveKit's words: `camera`, `microphone`, `screen_share`. */
export type Published = Readonly<{
  identity: string;
  tracks: readonly Readonly<{ sid: string; name: string; source: string; kind: 'audio' | 'video' }>[];
}>;

/** The same, with what tells one connection of an identity from the next, and its tracks' places in its offer. */
export type Present = Readonly<{
  identity: string;
  participantId: string;
  attributes: Readonly<Record<string, string>>;
  tracks: readonly (Published['tracks'][number] & Readonly<{ mid: string }>)[];
}>;

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

  async function present(roomId: string): Promise<Present[]> {
    const listed = await ask('listParticipants', roomId, client.listParticipants(roomId), []);
    return listed.map(({ identity, sid, attributes, tracks }) => ({
      identity,
      participantId: sid,
      attributes,
      tracks: tracks.map(({ sid, name, source, type, mid }) => ({
        sid,
        mid,
        name,
        source: (TrackSource[source] ?? '').toLowerCase(),
        kind: type === TrackType.AUDIO ? 'audio' : 'video',
      })),
    }));
  }

  return {
    /** Who is in a room, and what they publish; nobody in one that LiveKit does not know. */
    published: (roomId: string): Promise<Published[]> => present(roomId),

    /** As `published`, with all that tells sessions apart. */
    present,

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
      const { canPublishData, canPublishSources } = grantsFor(room, role);
      const present = await ask('listParticipants', room.id, client.listParticipants(room.id), []);
      for (const { identity, permission: now } of present.filter(
        (one) => userIdOf(one.identity) === userId,
      )) {
        // A connection that does one of the two only goes on so (mint.ts).
        const { canPublish = true, canSubscribe = true } = now ?? {};
        const permission = { canPublish, canSubscribe, canPublishData, canPublishSources };
        await ask(
          'updateParticipant',
          room.id,
          client.updateParticipant(room.id, identity, { permission, attributes: { role } }),
          undefined,
        );
      }
    },

    /**
     * Takes a track out of its room. LiveKit has no call for that, but drops what somebody may no longer publish: whoever
     * published it may not publish from that source again until they connect anew.
     */
    async refuseTrack(roomId: string, userId: string, trackId: string): Promise<void> {
      const present = await ask('listParticipants', roomId, client.listParticipants(roomId), []);
      for (const { identity, tracks, permission } of present) {
        const track = tracks.find(({ sid }) => sid === trackId);
        if (userIdOf(identity) !== userId || !track || !permission) continue;
        const canPublishSources = permission.canPublishSources.filter((source) => source !== track.source);
        const { canSubscribe, canPublishData } = permission;
        // No source named would be every source.
        const canPublish = canPublishSources.length > 0;
        const left = { canPublish, canSubscribe, canPublishData, canPublishSources };
        await ask(
          'updateParticipant',
          roomId,
          client.updateParticipant(roomId, identity, { permission: left }),
          undefined,
        );
      }
    },

    /**
     * Sends tracks to an identity whose token lets it receive none, and which may still be on its way into the room.
     * Without this LiveKit sends whatever there is, in its own order, and one-time negotiation has few places.
     *
     * @param settle how long after its arrival, in milliseconds: LiveKit shows a participant before it has read the offer,
     * and what is sent in between may find its place in it taken
     */
    async sendTracks(
      room: Pick<Room, 'id' | 'access'>,
      to: Readonly<{ identity: string; role: Role; publishes: boolean }>,
      trackIds: readonly string[],
      { settle, signal }: Readonly<{ settle: number; signal: AbortSignal }>,
    ): Promise<void> {
      const pause = (time: number) =>
        sleep(time, undefined, { signal }).catch((error) => Promise.reject(unavailable(error)));
      for (let tries = ARRIVAL_TRIES; ; tries -= 1) {
        const arriving = client.getParticipant(room.id, to.identity).then(() => true);
        if (await ask('getParticipant', room.id, arriving, false)) break;
        if (tries === 0) throw unavailable(new Error(`${to.identity} did not arrive`));
        await pause(ARRIVAL_PAUSE);
      }
      await pause(settle);
      const { canSubscribe, canPublishData, canPublishSources } = grantsFor(room, to.role);
      const permission = { canPublish: to.publishes, canSubscribe, canPublishData, canPublishSources };
      const allowing = client.updateParticipant(room.id, to.identity, { permission });
      await ask('updateParticipant', room.id, allowing, undefined);
      const sending = client.updateSubscriptions(room.id, to.identity, [...trackIds], true);
      await ask('updateSubscriptions', room.id, sending, undefined);
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
