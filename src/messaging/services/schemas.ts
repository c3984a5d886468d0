import { z } from 'zod';
import {
  access,
  moment,
  newRoom,
  pageOf,
  participant,
  participantsPage,
  room,
  roomFilter,
  roomId,
  roomPage,
  roomWithParticipants,
  userId,
} from '../../wire/index.ts';

/** What other backends ask and are answered, by subject. The same schemas check it, and make the client's types. */

const name = z.string().trim().min(1).max(255);
/** For whom it is done: the user's id, and the name that others see. What follows a `~` is a device (livekit/identity.ts). */
const user = z.strictObject({ id: userId.regex(/^[^~]+$/, 'is not a user id'), name });
const ofRoom = z.strictObject({ roomId });

const mintedToken = z.object({
  server_url: z.string(),
  participant_token: z.string(),
  expiresAt: moment,
  room,
  participant,
});

/**
 * Strict all of them: what somebody gets another to send here (a stream's acknowledgement, with this subject for its reply)
 * is then no request.
 */
export const operations = {
  'realtime.rooms.get': { request: ofRoom, answer: roomWithParticipants },
  'realtime.rooms.list': {
    request: z.strictObject({
      ...roomFilter,
      ...pageOf(20),
      access: access.optional(),
      hasSeats: z.boolean().optional(),
    }),
    answer: roomPage,
  },
  'realtime.rooms.create': { request: newRoom.extend({ host: user }), answer: roomWithParticipants },
  'realtime.rooms.end': { request: ofRoom, answer: room },
  'realtime.participants.list': {
    request: z.strictObject({ roomId, ...pageOf(50) }),
    answer: participantsPage,
  },
  'realtime.participants.kick': {
    request: z.strictObject({ roomId, userId }),
    answer: roomWithParticipants,
  },
  'realtime.tokens.mint': { request: z.strictObject({ roomId, user }), answer: mintedToken },
} as const satisfies Record<string, { request: z.ZodType; answer: z.ZodType }>;

export type Operations = typeof operations;
export type Subject = keyof Operations;
export type Asked<S extends Subject> = z.output<Operations[S]['request']>;
export type Answered<S extends Subject> = z.output<Operations[S]['answer']>;
