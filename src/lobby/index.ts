import { randomBytes } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokens, Principal } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import { type ErrorCode, ServiceError } from '../errors.ts';
import type { RateLimits } from '../limits/index.ts';
import type { HeldConnections } from '../presence/index.ts';
import type { RedisLinks } from '../redis/index.ts';
import type { OpenRooms } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { every } from '../timers.ts';
import { createDispatch, refusal } from './dispatch.ts';
import { createHandlers } from './handlers.ts';
import { createListUpdates } from './list-updates.ts';
import { createRoomMembers } from './members.ts';
import type { LobbySocket } from './protocol.ts';
import { createResume, type Resumption } from './resume.ts';
import { Session } from './session.ts';
import { createSocketServer } from './socket-server.ts';

/** How soon a socket is cut whose token was revoked. Milliseconds, on top of hearing of it (auth/revocations.ts). */
const CHECK_EVERY = 500;
/** By then the gateway has seen that we are not ready any more, and sends who reconnects to another. Milliseconds. */
const LINGER = 1_200;

/**
 * The door of Socket.IO: lobby, chat and room over a socket.
 *
 * @returns disposing closes the sockets, whose clients reconnect elsewhere
 */
export function openLobbyDoor(deps: {
  server: HttpServer;
  config: Pick<Config, 'http' | 'sockets'>;
  core: OpenRooms;
  held: HeldConnections;
  tokens: AccessTokens;
  /** @throws TOKEN_REVOKED; STORE_UNAVAILABLE while it cannot be known */
  checkRevoked: (principal: Principal) => void;
  limits: RateLimits;
  redis: RedisLinks;
  logger: Logger;
  now: () => Date;
}): AsyncDisposable {
  const { config, core, held, tokens, checkRevoked, logger, now } = deps;
  const sessions = new WeakMap<LobbySocket, Session>();
  const resumptions = new WeakMap<LobbySocket, Resumption>();
  /** Every socket that is past `signIn` has one. */
  const sessionOf = (socket: LobbySocket): Session => sessions.get(socket) as Session;
  let stopping = false;
  const io = createSocketServer({
    server: deps.server,
    redis: deps.redis,
    origins: config.http.corsOrigins,
    accepts: () => !stopping,
  });
  const { resumeWithin, tokenWarning } = config.sockets;
  const members = createRoomMembers({
    io,
    feed: core.feed,
    history: core.history,
    now,
    onOut(socket) {
      sessionOf(socket).roomId = null;
      held.forget(socket.id);
    },
  });
  const updates = createListUpdates({ io, list: core.list });
  const resume = createResume({
    rooms: core.rooms,
    history: core.history,
    held,
    members,
    updates,
    within: resumeWithin,
    now,
  });
  const dispatch = createDispatch({
    handlers: createHandlers({
      io,
      rooms: core.rooms,
      members,
      held,
      tokens,
      othersReachable: deps.redis.ready,
    }),
    limits: deps.limits,
    check: (session) => checkRevoked(session.principal),
    logger,
  });

  async function signIn(socket: LobbySocket): Promise<void> {
    const token: unknown = socket.handshake.auth['token'];
    if (typeof token !== 'string' || token === '')
      throw new ServiceError('UNAUTHENTICATED', 'Send a Keycloak access token as `auth: { token }`.');
    const principal = await tokens.verify(token);
    const session = new Session(socket, principal, { warnBefore: tokenWarning, now });
    sessions.set(socket, session);
    // Before it is connected, since its client is told with that whether it is where it was.
    socket.conn.once('close', () => setImmediate(() => void held.gone(socket.id)));
    const resumption = await resume(socket, session);
    if (resumption) resumptions.set(socket, resumption);
    const again = resumption?.recovered === true;
    const { pid } = socket.handshake.auth;
    // What Socket.IO's own recovery would set; its client knows by `pid` whether it was recovered. What it keeps for
    // that in memory or in Redis would be lost with either, so the recovery is ours (resume.ts).
    Object.assign(socket, {
      recovered: again,
      pid: again && typeof pid === 'string' ? pid : randomBytes(15).toString('base64url'),
    });
  }

  io.use((socket, next) => {
    signIn(socket).then(
      () => next(),
      (error: unknown) => {
        const { error: told } = refusal(error);
        if (PASSING.has(told.code)) {
          // Refused, its client would not try again; cut, it does.
          socket.conn.close();
          return;
        }
        logger.info('socket.refused', { code: told.code });
        next(Object.assign(new Error(told.message), { data: told }));
      },
    );
  });

  io.on('connection', (socket) => {
    const session = sessionOf(socket);
    logger.info('socket.connected', { userId: session.userId, recovered: socket.recovered });
    session.begin();
    socket.onAny((name: string, ...args: unknown[]) => dispatch(session, name, args));
    socket.on('disconnect', (reason) => {
      session.close();
      if (session.roomId !== null) members.leave(session.roomId, socket);
      void held.gone(socket.id);
      logger.info('socket.disconnected', { userId: session.userId, reason });
    });
    session.run(async () => {
      try {
        const resumption = resumptions.get(socket);
        if (resumption) await resumption.settle(session);
        else members.toLobby(socket);
      } catch (error) {
        logger.warn('socket.resume.failed', { userId: session.userId, error });
        session.roomId = null;
        members.toLobby(socket);
      }
    });
  });

  const stopChecking = every(CHECK_EVERY, async () => {
    for (const socket of io.sockets.sockets.values()) {
      const session = sessionOf(socket);
      try {
        checkRevoked(session.principal);
      } catch (error) {
        // That it cannot be known right now is no reason to throw anybody out.
        if (error instanceof ServiceError && error.code === 'TOKEN_REVOKED')
          session.end(error.code, error.message);
      }
    }
  });

  return {
    async [Symbol.asyncDispose]() {
      stopping = true;
      await stopChecking();
      if (io.engine.clientsCount > 0) await sleep(LINGER);
      // Not `io.close()`: it would close the HTTP server too, which still has requests to finish. Cut like this, a
      // client comes back by itself, to another instance.
      io.engine.close();
      await Promise.all([...io._nsps.values()].map((namespace) => namespace.adapter.close()));
    },
  };
}

/** Failures that pass by themselves. */
const PASSING = new Set<ErrorCode>(['STORE_UNAVAILABLE', 'KEYCLOAK_UNAVAILABLE', 'BUSY', 'INTERNAL']);
