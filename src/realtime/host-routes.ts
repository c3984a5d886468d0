import type { z } from 'zod';
import { ServiceError } from '../errors.ts';
import { type Answer, defineRoute, type Route } from '../http/index.ts';
import type { LiveKit } from '../livekit/index.ts';
import type { Rooms } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import {
  presentRoom,
  presentRoomWithParticipants,
  roomWithParticipants,
  room as wireRoom,
} from '../wire/index.ts';
import * as schema from './schemas.ts';

const REFUSED = ['ROOM_NOT_FOUND', 'NOT_HOST', 'ROOM_ENDED', 'BUSY'] as const;
const answers = { 200: { description: 'Done, in LiveKit too or soon.', schema: schema.hostActionAnswer } };

/** What a host may (spec/2-rooms.md). */
export function hostRoutes(deps: { rooms: Rooms; livekit: LiveKit; logger: Logger }): Route[] {
  const { rooms, livekit, logger } = deps;
  return [
    defineRoute({
      method: 'patch',
      path: '/rooms/{roomId}',
      tag: 'Host',
      summary: 'Change a room. For its host.',
      description:
        'What is left out stays as it is. Those who are in stay in, invited or not; to put someone out there is the kick.',
      access: 'user',
      params: schema.roomParams,
      body: schema.roomChanges,
      answers: { 200: { description: 'The room, changed.', schema: roomWithParticipants } },
      problems: [...REFUSED, 'TOO_FEW_SEATS'],
      async handle({ params: { roomId }, body, principal: { user } }) {
        const room = await rooms.update(roomId, user.id, body);
        logger.info('room.updated', { roomId, userId: user.id });
        return { status: 200, body: presentRoomWithParticipants(room, user.id) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/kick/{userId}',
      tag: 'Host',
      summary: 'Put someone out, for good. For the host.',
      description:
        'Out at once through every door, and kept out: at the join, at the renewal of a token, and when LiveKit lets an ' +
        'old token in. Someone who is not in can be kept out just as well. Twice is the same as once.',
      access: 'user',
      params: schema.roomAndUserParams,
      answers,
      problems: [...REFUSED, 'TOO_MANY_KICKED'],
      async handle({ params: { roomId, userId }, principal: { user } }) {
        await rooms.kick(roomId, user.id, userId);
        logger.info('participant.kicked', { roomId, userId, by: user.id });
        return told(() => livekit.removeUser(roomId, userId));
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/rooms/{roomId}/kick/{userId}',
      tag: 'Host',
      summary: 'Forgive someone who was put out. For the host.',
      access: 'user',
      params: schema.roomAndUserParams,
      answers: { 204: { description: 'They may join again.' } },
      problems: REFUSED,
      async handle({ params: { roomId, userId }, principal: { user } }) {
        await rooms.forgive(roomId, user.id, userId);
        logger.info('participant.forgiven', { roomId, userId, by: user.id });
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/mute/{userId}',
      tag: 'Host',
      summary: 'Mute someone, in LiveKit itself. For the host.',
      description: 'They may unmute themselves.',
      access: 'user',
      params: schema.roomAndUserParams,
      answers,
      problems: [...REFUSED, 'NO_SUCH_PARTICIPANT'],
      async handle({ params: { roomId, userId }, principal: { user } }) {
        await rooms.mute(roomId, user.id, userId);
        logger.info('participant.muted', { roomId, userId, by: user.id });
        return told(() => livekit.mute(roomId, (id) => id === userId));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/mute',
      tag: 'Host',
      summary: 'Mute all but the host, in LiveKit itself. For the host.',
      access: 'user',
      params: schema.roomParams,
      answers,
      problems: REFUSED,
      async handle({ params: { roomId }, principal: { user } }) {
        await rooms.muteAll(roomId, user.id);
        logger.info('participant.muted', { roomId, all: true, by: user.id });
        return told(() => livekit.mute(roomId, (id) => id !== user.id));
      },
    }),
    defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/host/{userId}',
      tag: 'Host',
      summary: 'Hand the room over to another who is in. For the host.',
      access: 'user',
      params: schema.roomAndUserParams,
      answers: { 200: { description: 'The room, with its new host.', schema: wireRoom } },
      problems: [...REFUSED, 'NO_SUCH_PARTICIPANT'],
      async handle({ params: { roomId, userId }, principal: { user } }) {
        const room = await rooms.handOver(roomId, user.id, userId);
        logger.info('participant.promoted', { roomId, userId, by: user.id });
        return { status: 200, body: presentRoom(room) };
      },
    }),
  ];
}

/**
 * What the host asked for is written, and holds here. When LiveKit does not answer the host hears so, and the event's
 * handler (livekit-effects.ts) tells it again until it does.
 */
async function told(inLiveKit: () => Promise<void>): Promise<Answer> {
  const livekit = await inLiveKit().then(
    () => 'done' as const,
    (error: unknown) => {
      if (error instanceof ServiceError && error.code === 'LIVEKIT_UNAVAILABLE') return 'pending' as const;
      throw error;
    },
  );
  return { status: 200, body: { livekit } satisfies z.output<typeof schema.hostActionAnswer> };
}
