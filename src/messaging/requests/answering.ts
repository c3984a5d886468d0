import { type ErrorCode, ServiceError } from '../../errors.ts';
import { type RateLimits, tooOften } from '../../limits/index.ts';
import { withDeadline } from '../../timers.ts';
import type { Asking, RequestHandler, RequestHandlers } from './handlers.ts';
import { type Answer, idOf, isKnown, type RequestType, readData, readEnvelope } from './protocol.ts';

/** A request that is not done by then has failed; what it does may still come about, once. Milliseconds. */
const DEADLINE = 8_000;
/** One who asks too often is not heard for so long at most. Milliseconds. */
const MAX_REST = 1_000;

/** Failures of ours: what was asked for may succeed when it is tried again. */
const OURS = new Set<ErrorCode>([
  'STORE_UNAVAILABLE',
  'KEYCLOAK_UNAVAILABLE',
  'LIVEKIT_UNAVAILABLE',
  'RELAY_UNAVAILABLE',
  'MESSAGING_UNAVAILABLE',
  'BUSY',
  'IN_PROGRESS',
  'SHUTTING_DOWN',
  'INTERNAL',
]);

/** What is to be answered, and how long the user's next request waits. Milliseconds. */
export type Outcome = Readonly<{ answer: Answer; type: string; rest: number }>;

/** The failure as a refusal of whoever asked; null for one of ours, which is tried again. */
export const refusalIn = (error: unknown): ServiceError | null =>
  error instanceof ServiceError && !OURS.has(error.code) ? error : null;

export function errorAnswer(id: string | null, error: ServiceError): Answer {
  const { code, message, fields, retryAfter } = error;
  return {
    type: 'ERR',
    id,
    error: {
      code,
      message,
      ...(fields.length === 0 ? {} : { fields: [...fields] }),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    },
  };
}

/**
 * Does what one request asks for and says what is to be answered, a refusal too.
 * @returns a function that throws what is a failure of ours, and nothing else
 */
export function createAnswering(deps: { handlers: RequestHandlers; limits: RateLimits }) {
  const { handlers, limits } = deps;

  async function allow(userId: string, type: string): Promise<void> {
    const quota =
      type === 'REQ_CHAT_MESSAGE'
        ? await limits.take('chat', userId)
        : await limits.take('socket-event', `${userId}:${type}`);
    if (!quota.allowed) throw tooOften(quota);
  }

  /** @param isFirst a request that is tried again was counted already */
  async function handle(bytes: Uint8Array, asking: Asking, isFirst: boolean, told: { type: string }) {
    const request = await envelopeOf(bytes, asking, isFirst);
    const { type, id } = request;
    if (!isKnown(type)) {
      if (isFirst) await allow(asking.userId, 'unknown');
      throw new ServiceError('INVALID_REQUEST', 'There is no such request.', {
        fields: [{ path: 'type', message: `must be one of ${Object.keys(handlers).join(', ')}` }],
      });
    }
    told.type = type;
    if (isFirst) await allow(asking.userId, type);
    const data = readData(type, request.data);
    const answered = await (handlers[type] as RequestHandler<RequestType>)(asking, data as never);
    return { type: type.replace('REQ_', 'RES_') as `RES_${string}`, id, data: answered };
  }

  async function envelopeOf(bytes: Uint8Array, asking: Asking, isFirst: boolean) {
    try {
      return readEnvelope(bytes, asking);
    } catch (error) {
      if (isFirst) await allow(asking.userId, 'unknown');
      throw error;
    }
  }

  return async function answerTo(bytes: Uint8Array, asking: Asking, isFirst: boolean): Promise<Outcome> {
    const told = { type: 'unknown' };
    try {
      const answer = await withDeadline(handle(bytes, asking, isFirst, told), DEADLINE);
      return { answer, type: told.type, rest: 0 };
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal === null) throw error;
      const rest = refusal.code === 'RATE_LIMITED' ? Math.min(refusal.retryAfter ?? 0, MAX_REST) : 0;
      return { answer: errorAnswer(idOf(bytes), refusal), type: told.type, rest };
    }
  };
}
