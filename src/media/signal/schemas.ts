import { z } from 'zod';

/** What goes in and out where peers negotiate. */

const roomId = z
  .string()
  .regex(/^[\w-]{1,100}$/, 'is not a room id')
  .meta({ description: 'The room.', example: '0a8d6c1e-6f0f-4a55-9b1e-1f6b9c2d3e4f' });
/** No `~`, which parts it from the user's id in LiveKit's identity. */
const peerId = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'is 1 to 64 letters, digits, dots, dashes and underscores')
  .meta({ description: 'Tells your devices apart. You choose it.', example: 'laptop' });
const sdp = z.string().min(1).meta({ description: 'SDP (RFC 8866).', example: 'v=0\r\n…' });

export const signalRequest = z
  .strictObject({
    room_id: roomId,
    peer_id: peerId,
    type: z.enum(['offer', 'answer']).meta({
      description: 'An offer. The media server never offers, so an answer is always refused.',
    }),
    sdp,
    subscribe: z
      .array(
        z.strictObject({
          identity: z.string().min(1).max(256).meta({
            description: 'Of a participant in LiveKit: the id of a user, or `{id}~{peer_id}`.',
          }),
          tracks: z
            .array(z.string().max(256))
            .min(1)
            .max(16)
            .meta({
              description: 'Each by its id, its name or its source.',
              example: ['camera', 'microphone'],
            }),
        }),
      )
      .max(32)
      .optional()
      .meta({ description: 'Tracks that the answer must carry. They exist already.' }),
  })
  .meta({ id: 'SignalRequest' });

export const signalAnswer = z
  .object({
    sdp: z.object({ type: z.literal('answer'), sdp }),
    session_id: z.string().meta({ description: 'Leaves by DELETE /video/signal/{session_id}.' }),
    ice_servers: z.array(
      z.object({
        urls: z.array(z.string()),
        username: z.string().optional(),
        credential: z.string().optional(),
      }),
    ),
    tracks: z.array(z.object({ mid: z.string(), identity: z.string(), name: z.string() })).meta({
      description: 'What is received: on the line `mid`, the track of this name of this participant.',
    }),
  })
  .meta({ id: 'SignalAnswer' });

const MAX_CANDIDATE = 1_024;
export const iceRequest = z
  .strictObject({
    room_id: roomId,
    peer_id: peerId,
    candidate: z
      .object({
        candidate: z.string().max(MAX_CANDIDATE),
        sdpMid: z.string().nullable().optional(),
        sdpMLineIndex: z.int().min(0).nullable().optional(),
        usernameFragment: z.string().max(256).nullable().optional(),
      })
      .meta({ description: 'As `RTCIceCandidate.toJSON()` has it. An empty one ends the candidates.' }),
  })
  .meta({ id: 'IceRequest' });

export const iceAnswer = z.object({ status: z.literal('ok') }).meta({ id: 'IceAnswer' });

const sessionId = z.string().min(1).max(100).meta({ description: 'The session.' });
export const sessionParams = z.object({ sessionId });

export const whipParams = z.object({ roomId });
export const whipQuery = z.object({
  peer_id: peerId.default('whip').meta({
    description:
      'Tells your encoders apart; one that connects again takes the place of the former of the same name.',
    override: { type: 'string', default: 'whip', pattern: '^[\\w.-]{1,64}$' },
  }),
});
export const whipSessionParams = z.object({ roomId, sessionId });
export const sdpText = sdp;
export const fragmentText = z
  .string()
  .min(1)
  .meta({ description: 'ICE candidates and credentials (RFC 8840).', example: 'a=ice-ufrag:…\r\n' });
