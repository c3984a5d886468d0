import { z } from 'zod';
import { chatMessage, participant, room } from '../wire/index.ts';

/** What goes in and out over HTTP. The same schemas validate, and make the OpenAPI document. */

/** A UUID for rooms made here; other doors make rooms of other ids. One that is not there is a 404, not a 400. */
export const roomParams = z.object({
  roomId: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'is not a room id')
    .meta({ description: 'The room.', example: '0a8d6c1e-6f0f-4a55-9b1e-1f6b9c2d3e4f' }),
});

/** BCP 47, well-formed; canonical spelling (`pt-br` becomes `pt-BR`). */
const languageTag = z
  .string()
  .min(2)
  .max(35)
  .transform((text, context) => {
    try {
      return Intl.getCanonicalLocales(text)[0] ?? text;
    } catch {
      context.addIssue({ code: 'custom', message: 'is not a BCP 47 language tag, such as en, vi or pt-BR' });
      return z.NEVER;
    }
  })
  .meta({ example: 'vi', override: { type: 'string' } });

const title = z.string().trim().min(1).max(255).meta({ example: 'Morning practice' });
const topic = z.string().trim().min(1).max(255);
const access = z.enum(['public', 'private']);
const status = z.enum(['LIVE', 'ENDED']);
const userId = z.string().min(1).max(255);
const moment = z.date().meta({ override: { type: 'string', format: 'date-time' } });

export const newRoom = z
  .strictObject({
    title,
    topic: topic.optional(),
    language: languageTag.optional(),
    maxParticipants: z.int().min(2).max(100).default(6),
    access: access.default('public'),
    invited: z
      .array(userId)
      .max(1_000)
      .default([])
      .meta({ description: 'User ids that a private room takes.' }),
    e2ee: z.boolean().default(false).meta({ description: 'End-to-end encrypted; cannot change later.' }),
  })
  .meta({ id: 'NewRoom' });

/** Which page, and how much of it when the client does not say. */
function pageOf(usual: number) {
  return {
    cursor: z.string().max(200).optional().meta({ description: '`next` of the page before.' }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(100)
      .default(usual)
      .meta({ override: { type: 'integer', minimum: 1, maximum: 100 } }),
  };
}

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const roomQuery = z.object({
  status: status.default('LIVE'),
  language: languageTag.optional(),
  topic: topic.optional(),
  q: z.string().trim().min(1).max(100).optional().meta({ description: 'Text in the title or the topic.' }),
  hasSeats: flag.optional().meta({ description: 'Only rooms with (or without) a free seat.' }),
  ...pageOf(20),
});

export const adminRoomQuery = roomQuery.extend({ access: access.optional() });

export const roomPage = z
  .object({ rooms: z.array(room), next: z.string().nullable() })
  .meta({ id: 'RoomPage' });

/** Attributes that we set ourselves; a client that could would name itself host. */
const OURS = new Set(['role', 'traceparent']);

const attributes = z
  .record(z.string().min(1).max(64), z.string().max(1_024))
  .superRefine((value, context) => {
    if (Object.keys(value).length > 16)
      context.addIssue({ code: 'custom', message: 'has more than 16 entries' });
    for (const name of Object.keys(value))
      if (OURS.has(name))
        context.addIssue({ code: 'custom', path: [name], message: 'is set by the service' });
  });

/**
 * LiveKit's token endpoint contract (what `TokenSource.endpoint(url)` of its client SDKs sends). Fields that
 * this contract may gain later are ignored; those that a client may not set are refused.
 */
export const tokenRequest = z
  .object({
    room_name: z.string().max(255).optional(),
    participant_identity: z
      .string()
      .max(255)
      .optional()
      .meta({ description: 'If given, it must be your own id.' }),
    participant_name: z
      .string()
      .max(255)
      .optional()
      .meta({ description: 'Without effect: the name that others see is the one in your access token.' }),
    participant_metadata: z.string().max(4_096).optional(),
    participant_attributes: attributes.optional(),
    room_config: z
      .undefined({ error: 'may not be set by a client' })
      .optional()
      .meta({ override: { not: {} } }),
  })
  .meta({ id: 'TokenRequest' });

/** The same, where the room is not in the address. */
export const roomTokenRequest = tokenRequest
  .extend({ room_name: z.string().min(1).max(255) })
  .meta({ id: 'RoomTokenRequest' });

export const pageRequest = z.object(pageOf(50));

export const chatPage = z
  .object({ messages: z.array(chatMessage), next: z.string().nullable() })
  .meta({ id: 'ChatPage' });

export const participantsPage = z
  .object({
    present: z.array(participant).meta({ description: 'Who is in now, the longest-present first.' }),
    former: z.array(participant).meta({ description: 'Who was in and is not now, the last to go first.' }),
    next: z.string().nullable().meta({ description: 'Leads to the next page of `former`.' }),
  })
  .meta({ id: 'ParticipantsPage' });

export const roomAndUserParams = roomParams.extend({
  userId: userId.meta({ description: 'The user, by their Keycloak id.' }),
});

/** What a host may change; what is left out stays. A null takes a topic or a language away. */
export const roomChanges = z
  .strictObject({
    title: title.optional(),
    topic: topic.nullable().optional(),
    language: languageTag.nullable().optional(),
    maxParticipants: z.int().min(2).max(100).optional(),
    invited: z.array(userId).max(1_000).optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0, {
    error: 'names nothing to change',
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ id: 'RoomChanges' });

export const hostActionAnswer = z
  .object({
    livekit: z.enum(['done', 'pending']).meta({
      description:
        'Whether LiveKit has done it. `pending`: it did not answer, and is told again until it has.',
    }),
  })
  .meta({ id: 'HostActionAnswer' });

export const joinAnswer = z
  .object({
    server_url: z.string().meta({ description: 'Where LiveKit is.', example: 'wss://livekit.example.org' }),
    participant_token: z
      .string()
      .meta({ description: 'The LiveKit token: for this room and this user only.' }),
    expiresAt: moment.meta({ description: 'Until when the token lets you connect.' }),
    room,
    participant,
    iceServers: z
      .array(
        z.object({
          urls: z.array(z.string()),
          username: z.string().optional(),
          credential: z.string().optional(),
        }),
      )
      .meta({
        description:
          'TURN servers that a client may relay through, for `RTCPeerConnection`; may be none. The credentials end by ' +
          'themselves, at the time that the username begins with (seconds since 1970).',
      }),
  })
  .meta({ id: 'JoinAnswer' });
