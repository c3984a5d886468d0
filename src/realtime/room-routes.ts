import { ServiceError } from '../errors.ts';
import { defineRoute, type Route } from '../http/index.ts';
import { type Room, type Rooms, refusalToSee, refused } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import {
  presentRoom,
  presentRoomWithParticipants,
  roomWithParticipants,
  room as wireRoom,
} from '../wire/index.ts';
import * as schema from './schemas.ts';

/** Making, finding, leaving and ending rooms (spec/2-rooms.md). */
export function roomRoutes(deps: { rooms: Rooms; logger: Logger }): Route[] {
  const { rooms, logger } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/rooms',
      tag: 'Rooms',
      summary: 'Make a room. You are its host and hold its first seat.',
      access: 'user',
      limit: 'create-room',
      body: schema.newRoom,
      answers: { 201: { description: 'The room.', schema: roomWithParticipants } },
      problems: [],
      async handle({ body, principal: { user } }) {
        const { topic = null, language = null, ...rest } = body;
        const room = await rooms.create(user, { topic, language, ...rest });
        logger.info('room.created', { roomId: room.id, userId: user.id });
        return {
          status: 201,
          headers: { Location: `/api/realtime/rooms/${room.id}` },
          body: presentRoomWithParticipants(room, user.id),
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/rooms',
      tag: 'Rooms',
      summary: 'Public rooms, newest first.',
      access: 'public',
      query: schema.roomQuery,
      answers: { 200: { description: 'A page of rooms.', schema: schema.roomPage } },
      problems: ['STORE_UNAVAILABLE'],
      async handle({ query }) {
        const page = await rooms.list({ ...query, access: 'public' });
        return { status: 200, body: { rooms: page.rooms.map(presentRoom), next: page.next } };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/rooms/{roomId}',
      tag: 'Rooms',
      summary: 'One room with who is in. A private one shows itself to those it takes.',
      access: 'optional',
      params: schema.roomParams,
      answers: { 200: { description: 'The room.', schema: roomWithParticipants } },
      problems: ['ROOM_NOT_FOUND', 'KICKED', 'NOT_INVITED', 'UNAUTHENTICATED'],
      async handle({ params, principal }) {
        const room = await rooms.get(params.roomId);
        const viewerId = principal?.user.id ?? null;
        refuseStrangers(room, viewerId);
        return { status: 200, body: presentRoomWithParticipants(room, viewerId) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/rooms/{roomId}',
      tag: 'Rooms',
      summary: 'End a room for all. For its host.',
      access: 'user',
      params: schema.roomParams,
      answers: { 200: { description: 'The room, ended.', schema: wireRoom } },
      problems: ['ROOM_NOT_FOUND', 'NOT_HOST', 'BUSY'],
      async handle({ params: { roomId }, principal: { user } }) {
        const room = await rooms.end(roomId, { userId: user.id, administrator: false });
        logger.info('room.ended', { roomId, userId: user.id });
        return { status: 200, body: presentRoom(room) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/leave',
      tag: 'Rooms',
      summary: 'Leave a room, through every door.',
      description: 'Gives up the seat and disconnects you from LiveKit. Leaving twice is the same as once.',
      access: 'user',
      params: schema.roomParams,
      answers: { 204: { description: 'You are out.' } },
      problems: ['ROOM_NOT_FOUND', 'BUSY'],
      async handle({ params: { roomId }, principal: { user } }) {
        await rooms.leave(roomId, user.id);
        logger.info('participant.left', { roomId, userId: user.id });
        return { status: 204 };
      },
    }),
  ];
}

/** What administrators may: see every room, end any. */
export function adminRoutes(deps: { rooms: Rooms; logger: Logger }): Route[] {
  const { rooms, logger } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/admin/rooms',
      tag: 'Administration',
      summary: 'Every room, private ones too.',
      access: 'administrator',
      query: schema.adminRoomQuery,
      answers: { 200: { description: 'A page of rooms.', schema: schema.roomPage } },
      problems: [],
      async handle({ query }) {
        const page = await rooms.list(query);
        return { status: 200, body: { rooms: page.rooms.map(presentRoom), next: page.next } };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/admin/rooms/{roomId}',
      tag: 'Administration',
      summary: 'End any room for all.',
      access: 'administrator',
      params: schema.roomParams,
      answers: { 200: { description: 'The room, ended.', schema: wireRoom } },
      problems: ['ROOM_NOT_FOUND', 'BUSY'],
      async handle({ params: { roomId }, principal: { user } }) {
        const room = await rooms.end(roomId, { userId: user.id, administrator: true });
        logger.info('room.ended', { roomId, userId: user.id, administrator: true });
        return { status: 200, body: presentRoom(room) };
      },
    }),
  ];
}

/** A private room shows itself to those whom it takes. @throws UNAUTHENTICATED, KICKED, NOT_INVITED */
export function refuseStrangers(room: Room, viewerId: string | null): void {
  const refusal = refusalToSee(room, viewerId);
  if (refusal === null) return;
  if (viewerId === null)
    throw new ServiceError('UNAUTHENTICATED', 'This room is private; sign in to see it.');
  throw refused(refusal);
}
