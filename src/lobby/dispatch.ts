import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { ServiceError } from '../errors.ts';
import { type LimitName, type RateLimits, tooOften } from '../limits/index.ts';
import { inSpan, type Logger } from '../telemetry/index.ts';
import { type Acknowledged, type EventName, type Payload, payloads, type Refused } from './protocol.ts';
import type { Session } from './session.ts';

/** Does what an event asks for; answers what else the acknowledgement says. */
export type SocketHandler<N extends EventName> = (
  session: Session,
  payload: Payload<N>,
) => Promise<Record<string, unknown>>;
export type SocketHandlers = { readonly [N in EventName]: SocketHandler<N> };

type Acknowledge = (answer: Acknowledged) => void;

/** Those with a limit of their own, which holds over HTTP too; the others have one for each kind of event. */
const OWN_LIMIT: Partial<Record<EventName, LimitName>> = { 'room:join': 'join', 'chat:message': 'chat' };

/**
 * Takes a socket's events: one after the other, each within its limit, with what it says checked, in a span of its
 * own, and acknowledged whatever comes of it.
 */
export function createDispatch(deps: {
  handlers: SocketHandlers;
  limits: RateLimits;
  check: (session: Session) => void;
  logger: Logger;
}) {
  const { handlers, limits, check, logger } = deps;

  async function allow(session: Session, name: string): Promise<void> {
    const own = OWN_LIMIT[name as EventName];
    const quota = own
      ? await limits.take(own, session.userId)
      : await limits.take('socket-event', `${session.userId}:${name}`);
    if (!quota.allowed) throw tooOften(quota);
    session.calm();
  }

  async function handle(session: Session, name: string, args: readonly unknown[]) {
    if (!isKnown(name)) {
      await allow(session, 'unknown');
      throw new ServiceError('INVALID_REQUEST', 'There is no such event here.', {
        fields: [{ path: 'event', message: `must be one of ${Object.keys(payloads).join(', ')}` }],
      });
    }
    await allow(session, name);
    check(session);
    const payload = parse(name, args);
    return (handlers[name] as SocketHandler<EventName>)(session, payload as never);
  }

  return function dispatch(session: Session, name: string, args: readonly unknown[]): void {
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Acknowledge) : () => {};
    const sent = typeof last === 'function' ? args.slice(0, -1) : args;
    const answer: Acknowledge = (acknowledged) => {
      try {
        acknowledge(acknowledged);
      } catch (error) {
        // The socket went meanwhile; the next event is not to suffer for it.
        logger.debug('socket.answer.failed', { event: name, error });
      }
    };
    session.run(async () => {
      const spanName = isKnown(name) ? `socket ${name}` : 'socket unknown event';
      const attributes = {
        'enduser.id': session.userId,
        ...(session.roomId === null ? {} : { 'room.id': session.roomId }),
      };
      try {
        const work = () => handle(session, name, sent);
        answer({ ok: true, ...(await inSpan(spanName, attributes, work, { parent: ROOT_CONTEXT })) });
      } catch (error) {
        const refused = refusal(error);
        const { code } = refused.error;
        const { userId, roomId } = session;
        if (code === 'INTERNAL') logger.error('socket.event.failed', { name, userId, roomId, error });
        else if (code.endsWith('_UNAVAILABLE'))
          logger.warn('socket.event.failed', { name, userId, roomId, code, error });
        if (refused.error.code === 'RATE_LIMITED') await sleep(session.tooFast());
        answer(refused);
      }
    });
  };
}

const isKnown = (name: string): name is EventName => Object.hasOwn(payloads, name);

function parse<N extends EventName>(name: N, [sent]: readonly unknown[]): Payload<N> {
  const parsed = payloads[name].safeParse(sent ?? undefined);
  if (parsed.success) return parsed.data as Payload<N>;
  const fields = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new ServiceError('INVALID_REQUEST', `${fields.length} field(s) are not as they must be.`, { fields });
}

export function refusal(error: unknown): Refused {
  const known =
    error instanceof ServiceError ? error : new ServiceError('INTERNAL', 'Something went wrong here.');
  return {
    ok: false,
    error: {
      code: known.code,
      message: known.message,
      ...(known.fields.length === 0 ? {} : { fields: [...known.fields] }),
      ...(known.retryAfter === undefined ? {} : { retryAfter: known.retryAfter }),
    },
  };
}
