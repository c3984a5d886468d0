import { z } from 'zod';
import {
  access,
  chatMessage,
  languageTag,
  moment,
  pageOf,
  participant,
  room,
  roomFilter,
  roomId,
  title,
  topic,
  userId,
} from '../wire/index.ts';

export { newRoom, participantsPage, roomPage } from '../wire/index.ts';

/** What goes in and out over HTTP. The same schemas validate, and make the OpenAPI document. */

export const roomParams = z.object({ roomId });

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

export const roomQuery = z.object({
  ...roomFilter,
  hasSeats: flag.optional().meta({ description: 'Only rooms with (or without) a free seat.' }),
  ...pageOf(20),
});

export const adminRoomQuery = roomQuery.extend({ access: access.optional() });

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

export const messagingAccess = z
  .object({
    url: z.string().meta({ description: 'A server.', example: 'wss://nats.example.org' }),
    urls: z.array(z.string()).meta({ description: 'All of them: what a client takes as its servers.' }),
    token: z.string().meta({
      description:
        'Connect with this, as the token or the password. For this room and this user only; the connection ends when it does.',
    }),
    expiresAt: moment.meta({ description: 'When the token, and the connection by it, ends.' }),
    inbox: z.string().meta({
      description: "The client's `inboxPrefix`: replies come nowhere else.",
      example: '_INBOX_6f0f4a55',
    }),
    stream: z.string().meta({ description: 'What happens in the room: the id of the room.' }),
    consumers: z
      .object({ chat: z.string(), whiteboard: z.string(), system: z.string() })
      .meta({ description: 'The durable consumers of the stream that are yours, made when you connect.' }),
    requests: z.string().meta({
      description: 'Publish requests here; their answers come by your system consumer.',
      example: 'sysJsWorker.0a8d6c1e.6f0f4a55',
    }),
  })
  .meta({ id: 'MessagingAccess' });

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
    messaging: messagingAccess.optional().meta({
      description: 'Rooms by NATS (docs/messaging.md); not there while that door is closed.',
    }),
  })
  .meta({ id: 'JoinAnswer' });
