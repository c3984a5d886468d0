import type { Msg, NatsConnection } from '@nats-io/nats-core';
import type { AccessTokens } from '../../auth/index.ts';
import type { Config } from '../../config/index.ts';
import { ServiceError } from '../../errors.ts';
import type { Rooms } from '../../rooms/index.ts';
import type { Logger } from '../../telemetry/index.ts';
import { withDeadline } from '../../timers.ts';
import {
  type AuthorizationRequest,
  createAuthorizations,
  createBox,
  type NotARequest,
} from '../nats-keys/index.ts';
import type { SessionTokens } from '../session-token.ts';
import { connectionName } from '../subjects.ts';
import { createAuthorize } from './authorize.ts';
import { permissionsFor } from './permissions.ts';
import { createPreparation, type Prepare } from './preparation.ts';
import { createWorkLimit } from './work-limit.ts';

/** Where servers ask who somebody is (auth_callout.go). */
const SUBJECT = '$SYS.REQ.USER.AUTH';
const XKEY_HEADER = 'Nats-Server-Xkey';
/** Of all instances: one of them answers. */
const QUEUE = 'callout';
/** The account of the rooms (nats/nats.conf). */
const ACCOUNT = 'APP';
/** nats.conf, `authorization.timeout`. Milliseconds. */
const SERVER_WAITS = 3_000;
/** Of that, how long for what a user reads by. */
const PREPARED_WITHIN = 1_500;
/** Each is mostly a wait, for the store and for the streams. */
const AT_ONCE = 512;
/** Above what one process answers while the server waits, so what is turned away would have been late. */
const WAITING = 4_000;
/** How often it is told of one reason why questions go unanswered. Milliseconds. */
const TELL_EVERY = 5_000;

export type CalloutDeps = Readonly<{
  /** Signed in as `auth`. */
  connection: Pick<NatsConnection, 'subscribe'>;
  settings: Pick<NonNullable<Config['nats']>, 'issuerSeed' | 'xkeySeed' | 'inbox'>;
  tokens: AccessTokens;
  sessionTokens: SessionTokens;
  rooms: Pick<Rooms, 'seat'>;
  prepare: Prepare;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => Date;
}>;

/** Why a question goes unanswered. */
type Ignored = NotARequest | 'not sealed for us' | 'sealed by another' | 'too many';

type Question = Readonly<{ message: Msg; cameAt: number }>;

/**
 * Answers the servers' questions who may come in (spec/4-messaging.md). Disposing answers what was asked until then; what
 * is asked from then on is for the other instances.
 */
export function openCallout(deps: CalloutDeps): AsyncDisposable {
  const { settings, logger, now } = deps;
  const authorizations = createAuthorizations({ issuerSeed: settings.issuerSeed.reveal(), now });
  const box = settings.xkeySeed ? createBox(settings.xkeySeed.reveal()) : null;
  const prepare = createPreparation({ prepare: deps.prepare, within: PREPARED_WITHIN, logger });
  const authorize = createAuthorize({ ...deps, prepare });
  const lastTold = new Map<string, number>();

  function ignored(reason: Ignored): void {
    const last = lastTold.get(reason);
    if (last !== undefined && performance.now() - last < TELL_EVERY) return;
    lastTold.set(reason, performance.now());
    logger.warn('callout.ignored', { reason });
  }

  /** The question, if it is one of a server's to us that somebody still waits for. */
  function read(message: Msg): AuthorizationRequest | null {
    const sender = message.headers?.get(XKEY_HEADER) || null;
    // With a key of ours servers seal what they ask: what comes in the open is then from somebody else.
    const text = box
      ? sender && box.open(message.data, sender)?.toString()
      : Buffer.from(message.data).toString();
    const request = text ? authorizations.read(text) : 'not sealed for us';
    if (typeof request === 'string') {
      ignored(request);
      return null;
    }
    if (box === null || request.xkey === sender) return request;
    ignored('sealed by another');
    return null;
  }

  async function answerTo(request: AuthorizationRequest): Promise<string> {
    const { client, connect, server } = request;
    const about = { room: roomIn(connect), host: client.host, client: client.id, server: server.name };
    try {
      const { roomId, userId, expiresAt } = await withDeadline(authorize(connect), SERVER_WAITS);
      logger.info('callout.admitted', { roomId, userId, client: client.id, server: server.name });
      return authorizations.admit(request, {
        name: connectionName(roomId, userId),
        account: ACCOUNT,
        expiresAt,
        permissions: permissionsFor(roomId, userId, settings.inbox),
      });
    } catch (error) {
      if (error instanceof ServiceError) logger.info('callout.refused', { ...about, code: error.code });
      else logger.error('callout.failed', { ...about, error });
      return authorizations.refuse(request, error instanceof ServiceError ? error.code : 'INTERNAL');
    }
  }

  const limit = createWorkLimit<Question>(
    { atOnce: AT_ONCE, waiting: WAITING },
    async ({ message, cameAt }) => {
      // Before it costs anything: when there is too much to do, most of what waits is late.
      if (performance.now() - cameAt > SERVER_WAITS) return ignored('late');
      const request = read(message);
      if (request === null) return;
      const answer = await answerTo(request);
      message.respond(box && request.xkey ? box.seal(Buffer.from(answer), request.xkey) : answer);
    },
  );

  const subscription = deps.connection.subscribe(SUBJECT, {
    queue: QUEUE,
    callback(error, message) {
      if (error) return logger.error('callout.failed', { error });
      if (!limit.take({ message, cameAt: performance.now() })) ignored('too many');
    },
  });

  return {
    async [Symbol.asyncDispose]() {
      subscription.unsubscribe();
      await limit.done();
    },
  };
}

/** As the log may have it: what is no id may be a token in the wrong place. */
const roomIn = ({ user }: AuthorizationRequest['connect']): string | undefined =>
  /^[\w-]{1,100}$/.test(user) ? user : undefined;
