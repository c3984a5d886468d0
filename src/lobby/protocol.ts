import type { DefaultEventsMap, Server, Socket } from 'socket.io';
import { z } from 'zod';
import type { ErrorCode, FieldError } from '../errors.ts';

/**
 * What clients send over Socket.IO, and what they are answered (spec/2-rooms.md). Every event takes an
 * acknowledgement.
 */

/** spec/2-rooms.md, "Limits". */
export const MAX_CHAT = 4_000;
/** A session description of many tracks has some 20 KB; a message may have 64 KiB in all. */
const MAX_SDP = 60_000;
const MAX_CANDIDATE = 4_096;

const roomId = z.string().regex(/^[\w-]{1,100}$/, 'is not a room id');
const targetUserId = z.string().min(1).max(255);
/** The description itself, or as a browser has it: `{type, sdp}`. */
const sdp = z.union([
  z.string().min(1).max(MAX_SDP),
  z.object({ type: z.string().max(20), sdp: z.string().max(MAX_SDP) }),
]);
/** The candidate's line, or `RTCIceCandidateInit`; null says that there are no more. */
const candidate = z.union([
  z.string().max(MAX_CANDIDATE),
  z.object({
    candidate: z.string().max(MAX_CANDIDATE).optional(),
    sdpMid: z.string().max(255).nullish(),
    sdpMLineIndex: z.int().min(0).max(65_535).nullish(),
    usernameFragment: z.string().max(256).nullish(),
  }),
  z.null(),
]);

export const payloads = {
  'room:join': z.object({ roomId }),
  'room:leave': z.object({ roomId }),
  'chat:message': z.object({
    message: z
      .string()
      .max(MAX_CHAT)
      .refine((text) => text.trim() !== '', 'says nothing')
      // Half a character cannot be kept: all are told what is kept.
      .transform((text) => text.toWellFormed()),
  }),
  'webrtc:offer': z.object({ sdp, targetUserId }),
  'webrtc:answer': z.object({ sdp, targetUserId }),
  'webrtc:ice-candidate': z.object({ candidate, targetUserId }),
  'media:toggle-mic': z.object({ isMuted: z.boolean() }),
  'media:toggle-video': z.object({ isVideoOff: z.boolean() }),
  'hand:raise': z.object({}).optional(),
  'hand:lower': z.object({}).optional(),
  /** A new token, before the one that the socket came with expires. */
  'auth:renew': z.object({ token: z.string().min(1).max(16_384) }),
} as const;

export type EventName = keyof typeof payloads;
export type Payload<N extends EventName> = z.output<(typeof payloads)[N]>;

export type Refused = {
  ok: false;
  /** `retryAfter` in milliseconds: when trying again makes sense. */
  error: { code: ErrorCode; message: string; fields?: FieldError[]; retryAfter?: number };
};
/** A connection that is refused: its client finds the refusal in `data`. */
export const asConnectError = (refused: Refused['error']): Error =>
  Object.assign(new Error(refused.message), { data: refused });

export type Acknowledged = ({ ok: true } & Record<string, unknown>) | Refused;

export type LobbyServer = Server<DefaultEventsMap, DefaultEventsMap>;
export type LobbySocket = Socket<DefaultEventsMap, DefaultEventsMap>;

/** Every socket that is in no room. */
export const LOBBY = 'lobby';
/** The sockets in one room. */
export const inRoom = (id: string): string => `in-room:${id}`;
/** The sockets of one user in one room. */
export const memberOf = (id: string, userId: string): string => `member:${id}:${userId}`;
