/**
 * Every refusal and failure that this service names. The code is part of the interface: clients branch on
 * it, so a code never changes its meaning. What status a code has over HTTP is the HTTP door's business
 * (`http/problem.ts`); other doors send the code itself.
 */
export type ErrorCode =
  // Admission (spec/README.md, "Words").
  | 'ROOM_NOT_FOUND'
  | 'ROOM_ENDED'
  | 'ROOM_FULL'
  | 'KICKED'
  | 'NOT_INVITED'
  // Rights inside a room.
  | 'NO_SEAT'
  | 'NOT_HOST'
  | 'NO_SUCH_PARTICIPANT'
  | 'TOO_FEW_SEATS'
  | 'TOO_MANY_KICKED'
  | 'IN_ANOTHER_ROOM'
  // Recordings.
  | 'RECORDING_IMPOSSIBLE_E2EE'
  | 'ALREADY_RECORDING'
  | 'RECORDING_NOT_FOUND'
  | 'RECORDING_NOT_READY'
  | 'RANGE_NOT_SATISFIABLE'
  | 'RECORDER_UNAVAILABLE'
  // Requests by NATS that could not be done.
  | 'REQUEST_NOT_FOUND'
  // Forwards to the contract.
  | 'FORWARD_NOT_FOUND'
  | 'FORWARD_NOT_FAILED'
  // A peer's session with the media server.
  | 'NO_SUCH_SESSION'
  | 'NO_SUCH_TRACK'
  | 'CANNOT_RENEGOTIATE'
  | 'TOO_MANY_PEERS'
  | 'SDP_IMPOSSIBLE_E2EE'
  | 'ETAG_MISSING'
  | 'ETAG_MISMATCH'
  // Who is asking.
  | 'UNAUTHENTICATED'
  | 'TOKEN_INVALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_REVOKED'
  | 'FORBIDDEN'
  | 'SIGNATURE_INVALID'
  // What was asked.
  | 'INVALID_REQUEST'
  | 'IDENTITY_MISMATCH'
  | 'ROOM_MISMATCH'
  | 'PAYLOAD_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'HEADERS_TOO_LARGE'
  | 'REQUEST_TIMEOUT'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'RATE_LIMITED'
  // What we depend on.
  | 'STORE_UNAVAILABLE'
  | 'KEYCLOAK_UNAVAILABLE'
  | 'LIVEKIT_UNAVAILABLE'
  | 'RELAY_UNAVAILABLE'
  | 'MESSAGING_UNAVAILABLE'
  | 'CHAIN_UNAVAILABLE'
  | 'SFU_REFUSED'
  | 'SFU_BUSY'
  | 'SFU_UNAVAILABLE'
  | 'IN_PROGRESS'
  | 'BUSY'
  | 'SHUTTING_DOWN'
  | 'INTERNAL';

/** One field of the input that was not as it must be; `path` is a JSON pointer-like dotted path. */
export type FieldError = Readonly<{ path: string; message: string }>;

/**
 * The base of every error that this service raises on purpose.
 *
 * `message` is written for the caller and shown to them: never put a secret, a host or a vendor's text in it.
 * What went wrong underneath goes in `cause`, which only the log sees.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];
  /** When trying again makes sense, if that depends on more than the code. Milliseconds from now. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; fields?: FieldError[]; retryAfter?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfter = options.retryAfter;
  }
}
