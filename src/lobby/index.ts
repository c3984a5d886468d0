import type { Server as HttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokens, Principal } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { RateLimits } from '../limits/index.ts';
import type { HeldConnections } from '../presence/index.ts';
import type { RedisLinks } from '../redis/index.ts';
import type { OpenRooms } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { every } from '../timers.ts';
import { openDiscovery } from './discovery.ts';
import { createDispatch } from './dispatch.ts';
import { createHandlers } from './handlers.ts';
import { createListUpdates } from './list-updates.ts';
import { createRoomMembers } from './members.ts';
import type { LobbySocket } from './protocol.ts';
import { createResume } from './resume.ts';
import type { Session } from './session.ts';
import { createSignIn, type SignedIn } from './sign-in.ts';
import { createSocketServer } from './socket-server.ts';

/** How soon a socket is cut whose token was revoked, on top of hearing of it (auth/revocations.ts). Milliseconds. */
const CHECK_EVERY = 500;
/** By then the gateway has seen that we are not ready any more, and sends who reconnects to another. Milliseconds. */
const LINGER = 1_200;

/**
 * The door of Socket.IO: lobby, chat and room over a socket, and the list of rooms for those who are not signed in.
 * Disposing cuts the sockets, whose clients come back by themselves, to another instance.
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
  const { config, held, tokens, checkRevoked, limits, redis, logger, now } = deps;
  const { rooms, feed, history, list } = deps.core;
  const { resumeWithin: within, tokenWarning: warnBefore } = config.sockets;
  const signedIn = new WeakMap<LobbySocket, SignedIn>();
  /** Every socket that was let in has one. */
  const of = (socket: LobbySocket): SignedIn => signedIn.get(socket) as SignedIn;
  let stopping = false;

  const { io, subscribed } = createSocketServer({
    server: deps.server,
    redis,
    origins: config.http.corsOrigins,
    accepts: () => !stopping,
  });
  const onOut = (socket: LobbySocket): void => {
    of(socket).session.roomId = null;
    held.forget(socket.id);
  };
  const onGone = (socket: LobbySocket): void => void held.gone(socket.id);
  const updates = createListUpdates({ io, list, now });
  const discovery = openDiscovery({ io, updates, logger });
  const members = createRoomMembers({ io, feed, history, lobby: updates, subscribed, onOut });
  const resume = createResume({ history, held, members, updates, within, now });
  const handlers = createHandlers({ io, rooms, members, held, tokens, othersReachable: redis.ready });
  const check = (session: Session): void => checkRevoked(session.principal);
  const dispatch = createDispatch({ handlers, limits, check, logger });

  async function settle({ session, resumption }: SignedIn): Promise<void> {
    try {
      if (resumption) await resumption.settle(session);
      else members.toLobby(session.socket);
    } catch (error) {
      logger.warn('socket.resume.failed', { userId: session.userId, error });
      onGone(session.socket);
      members.toLobby(session.socket);
    }
  }

  io.use(createSignIn({ tokens, resume, signedIn, onGone, warnBefore, logger, now }));
  io.on('connection', (socket) => {
    const { session } = of(socket);
    logger.info('socket.connected', { userId: session.userId, recovered: socket.recovered });
    session.begin();
    socket.onAny((name: string, ...args: unknown[]) => dispatch(session, name, args));
    socket.on('disconnect', (reason) => {
      session.close();
      if (session.roomId !== null) members.leave(session.roomId, socket);
      onGone(socket);
      logger.info('socket.disconnected', { userId: session.userId, reason });
    });
    session.run(() => settle(of(socket)));
  });

  const stopChecking = every(CHECK_EVERY, async () => {
    for (const socket of io.sockets.sockets.values()) endIfRevoked(of(socket).session, check);
  });

  return {
    async [Symbol.asyncDispose]() {
      stopping = true;
      await stopChecking();
      await discovery[Symbol.asyncDispose]();
      if (io.engine.clientsCount > 0) await sleep(LINGER);
      // Not `io.close()`: it would close the HTTP server too, which still has requests to finish. And a client that is
      // cut comes back by itself; one that is told to disconnect does not.
      io.engine.close();
      await Promise.all([...io._nsps.values()].map((namespace) => namespace.adapter.close()));
    },
  };
}

function endIfRevoked(session: Session, check: (session: Session) => void): void {
  try {
    check(session);
  } catch (error) {
    // That it cannot be known right now is no reason to throw anybody out.
    if (error instanceof ServiceError && error.code === 'TOKEN_REVOKED')
      session.end(error.code, error.message);
  }
}
