import { createHash, randomBytes } from 'node:crypto';
import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { createShardedAdapter } from '@socket.io/redis-adapter';
import { Server } from 'socket.io';
import type { RedisLinks } from '../redis/index.ts';
import { withDeadline } from '../timers.ts';
import type { LobbyServer } from './protocol.ts';

/** spec/2-rooms.md, "Limits". */
const MAX_MESSAGE = 64 * 1_024;
/** Who does not answer for both together is cut off: their seat's grace begins. Milliseconds. */
const PING_EVERY = 10_000;
const PING_PATIENCE = 8_000;
const SUBSCRIBED_WITHIN = 300;
/** Who has connected but not said who they are. Milliseconds. */
const SIGN_IN_WITHIN = 10_000;

/**
 * Socket.IO on the service's HTTP server. What goes to sockets of other instances goes through Redis, a channel for
 * each Socket.IO room, so that an instance hears only what it has sockets for.
 *
 * @param deps.origins pages of these may connect; programs have no origin
 * @param deps.accepts false once we stop
 * @returns `subscribed` resolves when every Socket.IO room that was joined by now is heard of from other instances, or
 *   when that takes too long: Redis is away then, and so are the others
 */
export function createSocketServer(deps: {
  server: HttpServer;
  redis: RedisLinks;
  origins: readonly string[];
  accepts: () => boolean;
}): { io: LobbyServer; subscribed(): Promise<void> } {
  const { server, redis, origins, accepts } = deps;
  const isAllowed = (origin: string | undefined): boolean =>
    origin === undefined || origins.includes('*') || origins.includes(origin);
  const subscriber = patient(redis);
  const io: LobbyServer = new Server(server, {
    adapter: createShardedAdapter(redis.commands, subscriber.link, { subscriptionMode: 'dynamic' }),
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE,
    pingInterval: PING_EVERY,
    pingTimeout: PING_PATIENCE,
    connectTimeout: SIGN_IN_WITHIN,
    cors: { origin: origins.includes('*') ? '*' : [...origins], credentials: !origins.includes('*') },
    allowRequest: (request, answer) => {
      if (!accepts()) answer('the service is stopping', false);
      else if (!isAllowed(request.headers.origin)) answer('this origin is not allowed', false);
      else answer(null, true);
    },
  });
  io.engine.generateId = newSessionId;
  return { io, subscribed: subscriber.subscribed };
}

/**
 * A secret of the client's; its end says which instance it is of, in the gateway's words, so that the gateway sends
 * the client's next request here again (docs/decisions/0008).
 */
function newSessionId(request: IncomingMessage): string {
  const id = randomBytes(18).toString('base64url');
  const upstream = request.headers['x-gateway-upstream'];
  if (typeof upstream !== 'string') return id;
  return `${id}.${createHash('sha256').update(upstream).digest('hex').slice(0, 12)}`;
}

/**
 * The adapter does not wait for its subscriptions, so nobody would hear of their failing while we stop, nor know when
 * they stand. They are made in order: when the last one stands, all do.
 */
function patient({ subscriber, ready }: RedisLinks) {
  const ignore = (): void => {};
  let last: Promise<unknown> = Promise.resolve();
  return {
    link: {
      on: subscriber.on.bind(subscriber),
      ssubscribe(channel: string) {
        last = subscriber.ssubscribe(channel).catch(ignore);
        return last;
      },
      sunsubscribe: (channels: string | string[]) =>
        subscriber.sunsubscribe(...[channels].flat()).catch(ignore),
    },
    async subscribed(): Promise<void> {
      if (ready()) await withDeadline(last, SUBSCRIBED_WITHIN).catch(ignore);
    },
  };
}
