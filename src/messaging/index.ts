import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokens, Principal } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { Route } from '../http/index.ts';
import type { Presence } from '../presence/index.ts';
import type { EventHandler, History, Rooms } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type AccessFor, createAccess } from './access.ts';
import { openCallout } from './callout/index.ts';
import { type Connections, openConnections } from './connections/index.ts';
import { connectNats, type Links } from './links.ts';
import { type DeadLetters, deadLetterRoutes, openRequests, type RequestDeps } from './requests/index.ts';
import { openServices } from './services/index.ts';
import { createSessionTokens } from './session-token.ts';
import { createRoomStreams, type RoomStreams } from './streams/index.ts';

/** Before the door is opened again after that failed. Milliseconds. */
const OPEN_AGAIN = 2_000;

export type MessagingDoor = AsyncDisposable &
  Readonly<{
    /** For administrators: requests that could not be done. */
    routes: readonly Route[];
    /** What those who joined come in with. */
    accessFor: AccessFor;
    /** To be told of what happens in rooms. */
    onRoomEvent: EventHandler;
    /** Whether NATS answers. @throws MESSAGING_UNAVAILABLE */
    probe(): Promise<void>;
  }>;

type Settings = NonNullable<Config['nats']>;

export type MessagingDeps = Readonly<{
  connection: RequestDeps['connection'];
  limits: RequestDeps['limits'];
  mint: RequestDeps['mint'];
  iceServersFor: RequestDeps['iceServersFor'];
  config: Config & Readonly<{ nats: Settings }>;
  rooms: Rooms;
  presence: Presence;
  history: Pick<History, 'eventsAfter'>;
  tokens: AccessTokens;
  /** Throws for a sign-in that was revoked. */
  checkRevoked: (principal: Principal) => void;
  /** Names this life of this instance. */
  instance: string;
  /** Of this service, as package.json says. */
  version: string;
  logger: Logger;
  now: () => Date;
}>;

/** Opens the door of NATS clients. The service starts and runs without NATS; what is missed then is made up for later. */
export function openMessagingDoor(deps: MessagingDeps): MessagingDoor {
  const { config, logger, instance, now } = deps;
  const sessionTokens = createSessionTokens({
    token: config.nats.token,
    checkRevoked: deps.checkRevoked,
    now,
  });
  const stopping = new AbortController();
  let links: Links | null = null;
  let connections: Connections | null = null;
  let streams: RoomStreams | null = null;
  let deadLetters: DeadLetters | null = null;

  async function run(): Promise<AsyncDisposable> {
    await using opening = new AsyncDisposableStack();
    links = opening.use(await connectNats(config.nats, instance, logger, stopping.signal));
    // Each part in its own folder, in the order in which they need each other.
    connections = opening.use(openConnections({ ...deps, system: links.system }));
    const opened = await createRoomStreams({
      connection: links.app,
      rooms: deps.rooms,
      history: deps.history,
      replicas: config.nats.replicas,
      keep: config.nats.streamKeep,
      logger,
      now,
    });
    streams = opening.use(opened);
    const requests = await openRequests({
      ...deps,
      nats: links.app,
      streams: opened,
      serverUrl: config.livekit.publicUrl,
      sessionTokens,
      workers: config.nats.workers,
      replicas: config.nats.replicas,
    });
    deadLetters = opening.use(requests).deadLetters;
    opening.use(await openServices({ ...deps, app: links.app, serverUrl: config.livekit.publicUrl }));
    // Last: who is let in finds everything there.
    opening.use(
      openCallout({
        connection: links.auth,
        settings: config.nats,
        tokens: deps.tokens,
        sessionTokens,
        rooms: deps.rooms,
        prepare: opened.prepare,
        logger,
        now,
      }),
    );
    logger.info('messaging.open');
    return opening.move();
  }
  /** A server that answers, and has no JetStream yet, has it a moment later. */
  async function untilOpen(): Promise<AsyncDisposable | null> {
    while (!stopping.signal.aborted) {
      try {
        return await run();
      } catch (error) {
        if (stopping.signal.aborted) break;
        logger.error('messaging.failed', { error });
        await sleep(OPEN_AGAIN, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
    return null;
  }
  const running = untilOpen();

  return {
    routes: deadLetterRoutes({ letters: () => deadLetters, logger }),
    accessFor: createAccess({ settings: config.nats, sessionTokens }),
    async onRoomEvent(event) {
      streams?.onRoomEvent(event);
      await connections?.onRoomEvent(event);
    },
    async probe() {
      if (links === null) throw unavailable();
      await links.app.rtt().catch((error: unknown) => Promise.reject(unavailable(error)));
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await (await running)?.[Symbol.asyncDispose]();
    },
  };
}

const unavailable = (cause?: unknown) =>
  new ServiceError('MESSAGING_UNAVAILABLE', 'Messaging does not answer. Try again shortly.', { cause });
