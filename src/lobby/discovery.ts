import { ServiceError } from '../errors.ts';
import type { Logger } from '../telemetry/index.ts';
import { every } from '../timers.ts';
import { refusal } from './dispatch.ts';
import type { ListUpdates } from './list-updates.ts';
import { asConnectError, type LobbyServer, type LobbySocket } from './protocol.ts';

/** The namespace for those who are not signed in (docs/decisions/0014). */
const DISCOVERY = '/discovery';

/**
 * Who is not signed in has no limits of their own, so they have one together. Each costs some 40 KB, and each change that is
 * told 15 µs for each: 30 ms for all, in which the instance does nothing else.
 */
const MOST_WATCHING = 2_000;
/** Milliseconds. */
const TRY_AGAIN_AFTER = 30_000;
/**
 * What a connection may send within `FLOOD_WINDOW` milliseconds, of which nothing is done. A page sends one thing: that it
 * wants to watch.
 */
const MOST_SENT = 100;
const FLOOD_WINDOW = 60_000;
/**
 * Changes that may wait for one who does not read. After an interruption a thousand are told at once (rooms/list-watch.ts),
 * and wait for a moment for everybody.
 */
const MOST_BEHIND = 1_500;
const LOOK_EVERY = 1_000;

type Line = LobbySocket['conn'];

const FULL = refusal(
  new ServiceError(
    'BUSY',
    'As many as can be told here are watching. Read `GET /rooms` now and then, or come back later.',
    { retryAfter: TRY_AGAIN_AFTER },
  ),
);
const AGAIN = refusal(new ServiceError('INVALID_REQUEST', 'This connection is watching already.'));
const FLOOD = refusal(
  new ServiceError(
    'RATE_LIMITED',
    'You went on sending where one only listens. Reconnect, and send nothing.',
  ),
);
const UNHEARD = refusal(
  new ServiceError('UNAUTHENTICATED', 'Here one only listens. Sign in, and use the default namespace.'),
);

/**
 * Tells whoever connects, without a token, what the lobby is told: changes of the list of public rooms, and nothing else.
 * Each instance tells its own sockets, so none of it goes through Redis.
 *
 * @param deps.most sockets that are let in at the same time
 */
export function openDiscovery(deps: {
  io: LobbyServer;
  updates: Pick<ListUpdates, 'onTold'>;
  logger: Logger;
  most?: number;
}): AsyncDisposable {
  const { io, updates, logger, most = MOST_WATCHING } = deps;
  const namespace = io.of(DISCOVERY);
  /** Each with how much had been told when nothing waited for them last. */
  const watchers = new Map<LobbySocket, number>();
  const sentBy = new WeakMap<Line, { count: number; until: number }>();
  /** One that opened the namespace again and again would take every place. */
  const watching = new WeakSet<Line>();
  let told = 0;
  let turnedAway = 0;

  function floods(line: Line): boolean {
    const now = performance.now();
    const before = sentBy.get(line);
    const { count, until } = before && now < before.until ? before : { count: 0, until: now + FLOOD_WINDOW };
    sentBy.set(line, { count: count + 1, until });
    return count >= MOST_SENT;
  }

  function hear(socket: LobbySocket, args: readonly unknown[]): void {
    if (floods(socket.conn)) {
      socket.emit('session:ended', FLOOD.error);
      socket.disconnect(true);
      return;
    }
    const acknowledge = args.at(-1);
    if (typeof acknowledge === 'function') acknowledge(UNHEARD);
  }

  namespace.use((socket, next) => {
    const { conn } = socket;
    if (floods(conn)) {
      conn.close(true);
      next(asConnectError(FLOOD.error));
    } else if (watching.has(conn)) {
      next(asConnectError(AGAIN.error));
    } else if (watchers.size >= most) {
      turnedAway += 1;
      next(asConnectError(FULL.error));
    } else {
      watching.add(conn);
      next();
    }
  });
  namespace.on('connection', (socket) => {
    const { conn } = socket;
    const isUpToDate = (): void => void watchers.set(socket, told);
    isUpToDate();
    conn.on('drain', isUpToDate);
    socket.onAny((...args: unknown[]) => hear(socket, args));
    socket.on('disconnect', () => {
      conn.off('drain', isUpToDate);
      watchers.delete(socket);
      watching.delete(conn);
    });
  });
  updates.onTold((update) => {
    told += 1;
    namespace.local.emit('room:list-update', update);
  });

  /** Whoever does not read is to keep nothing waiting here; they come back by themselves, and read the list anew. */
  function cutWhoIsBehind(): void {
    let cut = 0;
    for (const [{ conn }, upTo] of watchers)
      if (told - upTo > MOST_BEHIND) {
        cut += 1;
        // What waits would keep it open.
        conn.close(true);
      }
    if (cut > 0) logger.info('discovery.behind', { cut });
  }

  const stopLooking = every(LOOK_EVERY, async () => {
    cutWhoIsBehind();
    if (turnedAway > 0) logger.warn('discovery.full', { watching: watchers.size, turnedAway });
    turnedAway = 0;
  });
  return { [Symbol.asyncDispose]: stopLooking };
}
