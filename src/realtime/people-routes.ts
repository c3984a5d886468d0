import type { z } from 'zod';
import { defineRoute, type Route } from '../http/index.ts';
import type { Rooms } from '../rooms/index.ts';
import { presentMessage, presentParticipant, presentPresent } from '../wire/index.ts';
import { refuseStrangers } from './room-routes.ts';
import * as schema from './schemas.ts';

/** Who is and was in a room, and what was said there (spec/2-rooms.md). */
export function peopleRoutes(deps: { rooms: Rooms }): Route[] {
  const { rooms } = deps;
  return [
    defineRoute({
      method: 'get',
      path: '/rooms/{roomId}/participants',
      tag: 'Rooms',
      summary: 'Who is in, and who was.',
      access: 'optional',
      params: schema.roomParams,
      query: schema.pageRequest,
      answers: {
        200: {
          description: 'All who are in, and a page of those who were.',
          schema: schema.participantsPage,
        },
      },
      problems: ['ROOM_NOT_FOUND', 'KICKED', 'NOT_INVITED', 'UNAUTHENTICATED'],
      async handle({ params: { roomId }, query, principal }) {
        const room = await rooms.get(roomId);
        refuseStrangers(room, principal?.user.id ?? null);
        const former = await rooms.formerParticipants(room, query);
        return {
          status: 200,
          body: {
            present: presentPresent(room),
            former: former.items.map(presentParticipant),
            next: former.next,
          } satisfies z.output<typeof schema.participantsPage>,
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/rooms/{roomId}/chat',
      tag: 'Rooms',
      summary: 'What was said, newest first. For those who were admitted.',
      description: 'Those who are in or were, and were not put out since; after the end of the room as well.',
      access: 'user',
      params: schema.roomParams,
      query: schema.pageRequest,
      answers: { 200: { description: 'A page of the chat.', schema: schema.chatPage } },
      problems: ['ROOM_NOT_FOUND', 'KICKED', 'NO_SEAT'],
      async handle({ params: { roomId }, query, principal: { user } }) {
        const page = await rooms.chat(roomId, user.id, query);
        return {
          status: 200,
          body: {
            messages: page.items.map(presentMessage),
            next: page.next,
          } satisfies z.output<typeof schema.chatPage>,
        };
      },
    }),
  ];
}
