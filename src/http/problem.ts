import { z } from 'zod';
import type { ErrorCode, FieldError, ServiceError } from '../errors.ts';

type Kind = Readonly<{ status: number; title: string; retryAfter?: number }>;

/** What each code is over HTTP. `retryAfter` in seconds: when trying again makes sense, unless the error says. */
export const PROBLEMS: Readonly<Record<ErrorCode, Kind>> = {
  ROOM_NOT_FOUND: { status: 404, title: 'No such room' },
  ROOM_ENDED: { status: 410, title: 'The room has ended' },
  ROOM_FULL: { status: 409, title: 'The room is full' },
  KICKED: { status: 403, title: 'Removed by the host' },
  NOT_INVITED: { status: 403, title: 'Not invited' },
  NO_SEAT: { status: 403, title: 'No seat held' },
  NOT_HOST: { status: 403, title: 'Not the host' },
  NO_SUCH_PARTICIPANT: { status: 404, title: 'No such participant' },
  TOO_FEW_SEATS: { status: 409, title: 'More are in than that' },
  TOO_MANY_KICKED: { status: 409, title: 'Too many removed' },
  IN_ANOTHER_ROOM: { status: 409, title: 'In another room' },
  RECORDING_IMPOSSIBLE_E2EE: { status: 409, title: 'The room is encrypted' },
  ALREADY_RECORDING: { status: 409, title: 'Recording already' },
  RECORDING_NOT_FOUND: { status: 404, title: 'No such recording' },
  RECORDING_NOT_READY: { status: 409, title: 'The recording is not ready' },
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'Not in the file' },
  RECORDER_UNAVAILABLE: { status: 503, title: 'Nothing can be recorded now', retryAfter: 30 },
  REQUEST_NOT_FOUND: { status: 404, title: 'No such request' },
  FORWARD_NOT_FOUND: { status: 404, title: 'No such forward' },
  FORWARD_NOT_FAILED: { status: 409, title: 'The forward has not failed' },
  NO_SUCH_SESSION: { status: 404, title: 'No such session' },
  NO_SUCH_TRACK: { status: 404, title: 'No such track' },
  CANNOT_RENEGOTIATE: { status: 409, title: 'Cannot be negotiated anew' },
  TOO_MANY_PEERS: { status: 409, title: 'Too many connections' },
  SDP_IMPOSSIBLE_E2EE: { status: 409, title: 'Only with the keys of the room' },
  ETAG_MISSING: { status: 428, title: 'Name the ICE session' },
  ETAG_MISMATCH: { status: 412, title: 'Another ICE session' },
  UNAUTHENTICATED: { status: 401, title: 'Not signed in' },
  TOKEN_INVALID: { status: 401, title: 'Token not valid' },
  TOKEN_EXPIRED: { status: 401, title: 'Token expired' },
  TOKEN_REVOKED: { status: 401, title: 'Token revoked' },
  SIGNATURE_INVALID: { status: 401, title: 'Signature not valid' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  INVALID_REQUEST: { status: 400, title: 'Invalid request' },
  IDENTITY_MISMATCH: { status: 403, title: 'Another identity' },
  ROOM_MISMATCH: { status: 403, title: 'Another room' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'Body too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Media type not taken' },
  HEADERS_TOO_LARGE: { status: 431, title: 'Headers too large' },
  REQUEST_TIMEOUT: { status: 408, title: 'Request too slow' },
  NOT_FOUND: { status: 404, title: 'Nothing here' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  RATE_LIMITED: { status: 429, title: 'Too often' },
  STORE_UNAVAILABLE: { status: 503, title: 'Database unavailable', retryAfter: 2 },
  KEYCLOAK_UNAVAILABLE: { status: 503, title: 'Sign-in unavailable', retryAfter: 2 },
  LIVEKIT_UNAVAILABLE: { status: 503, title: 'Media server unavailable', retryAfter: 2 },
  MESSAGING_UNAVAILABLE: { status: 503, title: 'Messaging unavailable', retryAfter: 2 },
  CHAIN_UNAVAILABLE: { status: 503, title: 'Chain unavailable', retryAfter: 2 },
  RELAY_UNAVAILABLE: { status: 503, title: 'Relay unavailable', retryAfter: 1 },
  SFU_REFUSED: { status: 422, title: 'Not taken by the media server' },
  SFU_BUSY: { status: 503, title: 'Media server busy', retryAfter: 1 },
  SFU_UNAVAILABLE: { status: 503, title: 'SFU unavailable', retryAfter: 2 },
  IN_PROGRESS: { status: 503, title: 'Under way already', retryAfter: 2 },
  BUSY: { status: 503, title: 'Too busy', retryAfter: 1 },
  SHUTTING_DOWN: { status: 503, title: 'Shutting down', retryAfter: 1 },
  INTERNAL: { status: 500, title: 'Something went wrong' },
};

/** RFC 9457, with our stable `code`, the trace to ask about, and the fields that were not right. */
export const problemSchema = z
  .object({
    type: z.string().meta({ example: 'urn:realtime:problem:room-full' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [ErrorCode, ...ErrorCode[]]),
    traceId: z
      .string()
      .optional()
      .meta({ description: 'Names the trace of this request; quote it in a report.' }),
    errors: z
      .array(z.object({ path: z.string().meta({ example: 'body.title' }), message: z.string() }))
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  traceId?: string;
  errors?: FieldError[];
};

export function toProblem(error: ServiceError, traceId: string | undefined): Problem {
  const { status, title } = PROBLEMS[error.code];
  return {
    type: `urn:realtime:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    ...(traceId === undefined ? {} : { traceId }),
    ...(error.fields.length === 0 ? {} : { errors: [...error.fields] }),
  };
}

/** The headers that go with a problem: how to authenticate, when to try again. */
export function problemHeaders({
  code,
  retryAfter,
}: Pick<ServiceError, 'code' | 'retryAfter'>): Record<string, string> {
  const kind = PROBLEMS[code];
  if (kind.status === 401) {
    // RFC 6750, 3.1: no error code for a request that carried no token.
    const error = code === 'UNAUTHENTICATED' ? '' : ', error="invalid_token"';
    return { 'WWW-Authenticate': `Bearer realm="meetings"${error}` };
  }
  const seconds = retryAfter === undefined ? kind.retryAfter : Math.max(1, Math.ceil(retryAfter / 1_000));
  return seconds === undefined ? {} : { 'Retry-After': String(seconds) };
}
