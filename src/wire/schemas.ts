import { z } from 'zod';

/** What clients see of rooms, whatever the door; the OpenAPI document is made of the same. */

export const access = z.enum(['public', 'private']);
export const status = z.enum(['LIVE', 'ENDED']);
export const moment = z.date().meta({ override: { type: 'string', format: 'date-time' } });

export const room = z
  .object({
    id: z.string(),
    title: z.string(),
    topic: z.string().nullable(),
    language: z.string().nullable(),
    maxParticipants: z.int(),
    access,
    e2ee: z.boolean(),
    status,
    hostId: z.string(),
    hostName: z.string().nullable().meta({
      description: 'As they were called when they came in; of the last host once the room has ended.',
    }),
    joinedParticipants: z.int().meta({ description: 'How many are in now.' }),
    createdAt: moment,
    endedAt: moment.nullable(),
    recording: z
      .object({ id: z.string(), startedAt: moment })
      .optional()
      .meta({ description: 'Present while the room is being recorded.' }),
  })
  .meta({ id: 'Room' });

export const participant = z
  .object({
    userId: z.string(),
    name: z.string(),
    role: z.enum(['HOST', 'PARTICIPANT']),
    isMuted: z.boolean(),
    isVideoOff: z.boolean(),
    isHandRaised: z.boolean(),
    isKicked: z.boolean(),
    joinedAt: moment,
    leftAt: moment.nullable(),
  })
  .meta({ id: 'Participant' });

export const roomWithParticipants = room
  .extend({
    participants: z.array(participant).meta({ description: 'Who is in now, the longest-present first.' }),
    invited: z.array(z.string()).optional().meta({ description: 'Shown to the host only.' }),
  })
  .meta({ id: 'RoomWithParticipants' });

export const chatMessage = z
  .object({
    id: z.string(),
    message: z.string(),
    sender: z.object({ id: z.string(), name: z.string() }),
    createdAt: moment,
  })
  .meta({ id: 'ChatMessage' });
