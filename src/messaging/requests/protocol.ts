import { z } from 'zod';
import { type ErrorCode, type FieldError, ServiceError } from '../../errors.ts';

/** What users ask for by NATS, and what they are answered (spec/4-messaging.md, "System events"). */

/** As for a message of a socket. Bytes. */
const MAX_REQUEST = 65_536;
/** spec/2-rooms.md, "Limits". */
const MAX_CHAT = 4_000;
/** Of free-form data, as JSON: strokes of a pen come in many small requests. Characters. */
const MAX_WHITEBOARD = 32_768;

const nothing = z.strictObject({}).optional();

export const payloads = {
  REQ_INITIAL_DATA: nothing,
  REQ_MEDIA_SERVER_DATA: nothing,
  /** The token that is to be renewed, while it holds. */
  REQ_RENEW_WAJLC_TOKEN: z.strictObject({ token: z.string().min(1).max(4_096) }),
  REQ_RAISE_HAND: nothing,
  REQ_LOWER_HAND: nothing,
  REQ_CHAT_MESSAGE: z.strictObject({
    message: z
      .string()
      .max(MAX_CHAT)
      .refine((text) => text.trim() !== '', 'says nothing')
      // Half a character cannot be kept: all are told what is kept.
      .transform((text) => text.toWellFormed()),
  }),
  REQ_WHITEBOARD: z.custom(isSmallJson, `must be there, and at most ${MAX_WHITEBOARD} characters of JSON`),
  /** Oneself; or another, who may unmute themselves, for the host. */
  REQ_MUTE: z.union([
    z.strictObject({ isMuted: z.boolean() }),
    z.strictObject({ userId: z.string().min(1).max(255) }),
  ]),
} as const;

export type RequestType = keyof typeof payloads;
export type RequestData<T extends RequestType> = z.output<(typeof payloads)[T]>;

const envelope = z.object({
  type: z.string().max(100),
  id: z.string().min(1).max(100),
  data: z.unknown().optional(),
  /** Need not be said: the subject says it. If they are, they must be the subject's. */
  roomId: z.string().optional(),
  userId: z.string().optional(),
});

/** `id` null: the request was none, or had none. `retryAfter` in milliseconds. */
export type Answer = Readonly<
  | { type: `RES_${string}`; id: string; data: object }
  | {
      type: 'ERR';
      id: string | null;
      error: { code: ErrorCode; message: string; fields?: FieldError[]; retryAfter?: number };
    }
>;

export type Envelope = z.output<typeof envelope>;

/** Something nested too deep to be written again is no JSON of ours either. */
function isSmallJson(data: unknown): boolean {
  try {
    return data !== undefined && JSON.stringify(data).length <= MAX_WHITEBOARD;
  } catch {
    return false;
  }
}

/**
 * What came, as a request of one user in one room.
 * @throws PAYLOAD_TOO_LARGE, INVALID_REQUEST, ROOM_MISMATCH, IDENTITY_MISMATCH
 */
export function readEnvelope(bytes: Uint8Array, asker: { roomId: string; userId: string }): Envelope {
  if (bytes.length > MAX_REQUEST)
    throw new ServiceError('PAYLOAD_TOO_LARGE', `A request has at most ${MAX_REQUEST} bytes.`);
  const parsed = envelope.safeParse(jsonOf(bytes));
  if (!parsed.success) throw invalid(parsed.error);
  const { roomId, userId } = parsed.data;
  if (roomId !== undefined && roomId !== asker.roomId)
    throw new ServiceError('ROOM_MISMATCH', 'The request names another room than its subject.');
  if (userId !== undefined && userId !== asker.userId)
    throw new ServiceError('IDENTITY_MISMATCH', 'The request names another user than its subject.');
  return parsed.data;
}

export const isKnown = (type: string): type is RequestType => Object.hasOwn(payloads, type);

/** @throws INVALID_REQUEST */
export function readData<T extends RequestType>(type: T, data: unknown): RequestData<T> {
  const parsed = payloads[type].safeParse(data);
  if (!parsed.success) throw invalid(parsed.error, 'data');
  return parsed.data as RequestData<T>;
}

/** The id that whoever sent this waits for, as far as it can be told. Never fails. */
export function idOf(bytes: Uint8Array): string | null {
  try {
    const parsed = envelope.pick({ id: true }).safeParse(jsonOf(bytes));
    return parsed.success ? parsed.data.id : null;
  } catch {
    return null;
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new ServiceError('INVALID_REQUEST', 'This is not JSON.', { cause });
  }
}

function invalid(error: z.ZodError, ...under: string[]): ServiceError {
  const fields = error.issues.map(({ path, message }) => ({ path: [...under, ...path].join('.'), message }));
  return new ServiceError('INVALID_REQUEST', `${fields.length} field(s) are not as they must be.`, {
    fields,
  });
}
