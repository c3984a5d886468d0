import { headers, type NatsConnection, type Payload, type RequestOptions } from '@nats-io/nats-core';
import type { Answered, Call, ErrorCode, FieldError, Subject } from './types.ts';

/** Longer than the service takes at most, so that its own word on why it took so long arrives. Milliseconds. */
const ANSWER_WITHIN = 6_000;

/**
 * Why it was not done. `code` is the service's own (src/errors.ts): branch on it. MESSAGING_UNAVAILABLE: nobody answered,
 * and it may have been done or not; asking again is safe but for `rooms.create`, which would make another room.
 */
export class RoomsError extends Error {
  override readonly name = 'RoomsError';
  readonly code: ErrorCode;
  /** What was not as it must be, for INVALID_REQUEST. */
  readonly fields: readonly FieldError[];
  /** When trying again makes sense, if the service said. Milliseconds from now. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: { fields?: readonly FieldError[]; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.fields = more.fields ?? [];
    this.retryAfter = more.retryAfter;
  }
}

/** The rooms, for other backends. Every method throws `RoomsError`. */
export type RoomsClient = Readonly<{
  rooms: Readonly<{
    /** A room with who is in. @throws ROOM_NOT_FOUND */
    get: Call<'realtime.rooms.get'>;
    /** A page of rooms, newest first, private ones too; LIVE ones unless `status` says otherwise. `next` is the next `cursor`. */
    list: Call<'realtime.rooms.list'>;
    /** Makes a room in which `host` holds the first seat, for a minute if they do not come. */
    create: Call<'realtime.rooms.create'>;
    /** Ends a room for all. Twice is the same as once. @throws ROOM_NOT_FOUND */
    end: Call<'realtime.rooms.end'>;
  }>;
  participants: Readonly<{
    /** All who are in, and a page of those who were. @throws ROOM_NOT_FOUND */
    list: Call<'realtime.participants.list'>;
    /**
     * Puts a user out of a room, through every door and for good. Twice is the same as once.
     * @throws ROOM_NOT_FOUND, ROOM_ENDED, TOO_MANY_KICKED; INVALID_REQUEST for the room's host
     */
    kick: Call<'realtime.participants.kick'>;
  }>;
  tokens: Readonly<{
    /**
     * Joins a room for a user, as they would over HTTP: takes a seat, and answers a LiveKit token of two minutes.
     * @throws ROOM_NOT_FOUND, ROOM_ENDED, KICKED, NOT_INVITED, ROOM_FULL
     */
    mint: Call<'realtime.tokens.mint'>;
  }>;
}>;

/** Of a NATS connection, as much as is needed. */
type Requests = {
  request(
    subject: string,
    payload?: Payload,
    options?: RequestOptions,
  ): ReturnType<NatsConnection['request']>;
};

/**
 * A client of the rooms over NATS.
 *
 * @param connection by the login `backend`, with `inboxPrefix: '_INBOX_backend'`; yours to close
 * @param options.timeout how long to wait for an answer; milliseconds, six seconds when not given
 * @param options.traceparent the W3C trace context in which something is asked, if there is one: the service's spans become part of it
 */
export function createRoomsClient(
  connection: Requests,
  options: { timeout?: number; traceparent?: () => string | undefined } = {},
): RoomsClient {
  const { timeout = ANSWER_WITHIN, traceparent } = options;

  const ask =
    <S extends Subject>(subject: S): Call<S> =>
    async (asked) => {
      const sent = headers();
      const trace = traceparent?.();
      if (trace !== undefined) sent.set('traceparent', trace);
      const answer = await connection
        .request(subject, JSON.stringify(asked), { timeout, headers: sent })
        .catch((cause: unknown) => Promise.reject(unanswered(cause)));
      if (answer.headers?.has('Nats-Service-Error')) throw errorIn(answer.json<ToldError>());
      return answer.json<Answered<S>>();
    };

  return {
    rooms: {
      get: ask('realtime.rooms.get'),
      list: ask('realtime.rooms.list'),
      create: ask('realtime.rooms.create'),
      end: ask('realtime.rooms.end'),
    },
    participants: { list: ask('realtime.participants.list'), kick: ask('realtime.participants.kick') },
    tokens: { mint: ask('realtime.tokens.mint') },
  };
}

type ToldError = { code: ErrorCode; message: string; fields?: FieldError[]; retryAfter?: number };

const errorIn = ({ code, message, ...more }: ToldError) => new RoomsError(code, message, more);

const unanswered = (cause: unknown) =>
  new RoomsError('MESSAGING_UNAVAILABLE', 'The rooms did not answer.', { cause });
