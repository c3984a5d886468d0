import { randomBytes } from 'node:crypto';
import type { AccessTokens } from '../auth/index.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { Logger } from '../telemetry/index.ts';
import { refusal } from './dispatch.ts';
import { asConnectError, type LobbySocket } from './protocol.ts';
import type { Resumption } from './resume.ts';
import { Session } from './session.ts';

/** A socket whose user is known, and how it goes on when it was cut off before. */
export type SignedIn = Readonly<{ session: Session; resumption: Resumption | null }>;

/** Failures that pass by themselves. */
const PASSING = new Set<ErrorCode>(['STORE_UNAVAILABLE', 'KEYCLOAK_UNAVAILABLE', 'BUSY', 'INTERNAL']);

/**
 * Finds out whose socket it is, from the access token in `auth.token`, before it is connected. Who is refused gets
 * `connect_error` with the code in `data`.
 *
 * @param deps.resume asked before the connection stands, since the client is told with it whether it is where it was
 * @returns a middleware for `io.use`
 */
export function createSignIn(deps: {
  tokens: AccessTokens;
  resume: (socket: LobbySocket, session: Session) => Promise<Resumption | null>;
  signedIn: WeakMap<LobbySocket, SignedIn>;
  /** The connection ended, however far it had come. */
  onGone: (socket: LobbySocket) => void;
  warnBefore: number;
  logger: Logger;
  now: () => Date;
}) {
  const { tokens, resume, signedIn, onGone, warnBefore, logger, now } = deps;

  async function signIn(socket: LobbySocket): Promise<void> {
    const token: unknown = socket.handshake.auth['token'];
    if (typeof token !== 'string' || token === '')
      throw new ServiceError('UNAUTHENTICATED', 'Send a Keycloak access token as `auth: { token }`.');
    const principal = await tokens.verify(token);
    const session = new Session(socket, principal, { warnBefore, now });
    // Socket.IO tells of the end of those only that were connected; this one may have resumed before that.
    socket.conn.once('close', () => setImmediate(() => onGone(socket)));
    const resumption = await resume(socket, session);
    if (socket.conn.readyState !== 'open') onGone(socket);
    signedIn.set(socket, { session, resumption });
    markRecovered(socket, resumption?.recovered === true);
  }

  return (socket: LobbySocket, next: (error?: Error) => void): void => {
    signIn(socket).then(
      () => next(),
      (error: unknown) => {
        const { error: told } = refusal(error);
        logger.info('socket.refused', { code: told.code });
        // Refused, a client does not try again by itself; cut, it does.
        if (PASSING.has(told.code)) socket.conn.close();
        // Socket.IO keeps whom it waits for: one that was cut is told nothing by this, but forgotten.
        next(asConnectError(told));
      },
    );
  };
}

/**
 * What Socket.IO's own connection state recovery would set: by `pid` its client knows whether it was recovered. That
 * keeps sessions in memory or in Redis, and loses them with either; ours keeps none (resume.ts).
 */
function markRecovered(socket: LobbySocket, recovered: boolean): void {
  const { pid } = socket.handshake.auth;
  const same = recovered && typeof pid === 'string' ? pid : null;
  Object.assign(socket, { recovered, pid: same ?? randomBytes(15).toString('base64url') });
}
