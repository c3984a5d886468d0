import type { Msg } from '@nats-io/nats-core';
import { ServiceError } from '../../errors.ts';
import { contextFromTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';
import { withDeadline } from '../../timers.ts';
import { createWorkLimit } from '../callout/work-limit.ts';
import { type Reply, replyOfError, replyTo } from './answer.ts';
import type { Handlers } from './handlers.ts';
import { type Asked, operations, type Subject } from './schemas.ts';

/** Requests that this instance works at; other instances have as many. */
const AT_ONCE = 32;
/** Those that wait for them, each with its deadline running. */
const WAITING = 256;
/** After this a request is answered, whatever becomes of the work. Milliseconds. */
const DONE_WITHIN = 5_000;
/** Where those get their replies who may ask (nats/nats.conf). */
const BACKEND_INBOX = '_INBOX_backend.';

type Request = Readonly<{ subject: Subject; message: Msg; until: number }>;

/** Takes requests of other backends: each checked, in a span of the trace that it names, and answered within five seconds. */
export function createServe(deps: { handlers: Handlers; logger: Logger }) {
  const { handlers, logger } = deps;

  async function work({ subject, message, until }: Request): Promise<void> {
    const parent = contextFromTraceparent(message.headers?.get('traceparent') || undefined);
    await inSpan(
      `nats ${subject}`,
      { 'messaging.destination.name': subject },
      async () => {
        // A wait in line counts: who asked has given up by then.
        if (performance.now() >= until) return answer(message, replyOfError(late()));
        const working = handle(subject, message);
        await withDeadline(working, until - performance.now()).then(
          (reply) => answer(message, reply),
          () => answer(message, replyOfError(late())),
        );
        // It holds its place for as long as it is at work.
        await working;
      },
      { parent },
    );
  }

  /** Never throws: what goes wrong is the answer. */
  async function handle<S extends Subject>(subject: S, message: Msg): Promise<Reply> {
    try {
      const asked = parse(subject, message);
      return replyTo(await (handlers[subject] as (asked: Asked<S>) => Promise<unknown>)(asked));
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'INTERNAL';
      if (code === 'INTERNAL') logger.error('service.failed', { subject, error });
      else if (code.endsWith('_UNAVAILABLE')) logger.warn('service.failed', { subject, code, error });
      else logger.info('service.refused', { subject, code });
      return replyOfError(error);
    }
  }

  const limit = createWorkLimit<Request>({ atOnce: AT_ONCE, waiting: WAITING }, work);

  return {
    take(subject: Subject, message: Msg): void {
      const until = performance.now() + DONE_WITHIN;
      if (!isAsked(subject, message)) logger.warn('service.forged', { subject, came: message.subject });
      else if (!limit.take({ subject, message, until })) answer(message, replyOfError(tooMuch()));
    },
    done: limit.done,
  };
}

/**
 * Whether a backend asked. A user may publish nothing here, but may name this subject as where something is to be sent:
 * the next message of their own consumer, whose text is another user's word or their own. That comes under the stream's
 * subject and with the stream's reply; a backend's request comes with one of the backends' own.
 */
function isAsked(subject: Subject, { subject: came, reply }: Msg): boolean {
  return came === subject && (reply?.startsWith(BACKEND_INBOX) ?? false);
}

function answer(message: Msg, { body, headers }: Reply): void {
  message.respond(body, headers ? { headers } : {});
}

function parse<S extends Subject>(subject: S, message: Msg): Asked<S> {
  const parsed = operations[subject].request.safeParse(jsonOf(message));
  if (parsed.success) return parsed.data as Asked<S>;
  const fields = parsed.error.issues.map(({ path, message: said }) => ({
    path: path.join('.'),
    message: said,
  }));
  throw new ServiceError('INVALID_REQUEST', `${fields.length} field(s) are not as they must be.`, { fields });
}

/** Nothing said is nothing asked for in particular. */
function jsonOf(message: Msg): unknown {
  if (message.data.length === 0) return {};
  try {
    return message.json();
  } catch (cause) {
    throw new ServiceError('INVALID_REQUEST', 'This is not JSON.', { cause });
  }
}

const late = () =>
  new ServiceError('BUSY', 'It was not done in time; it may be done yet.', { retryAfter: 1_000 });
const tooMuch = () => new ServiceError('BUSY', 'Too much is asked at once.', { retryAfter: 1_000 });
