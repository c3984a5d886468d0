import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { Route } from '../http/index.ts';
import type { EventHandler, History, Rooms, SeatedIn } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { connectNats, type Links } from './links.ts';

/** What a join tells of this door: where to connect, and with what. */
export type MessagingAccess = Readonly<{ url: string; token: string; expiresAt: Date }>;

export type MessagingDoor = AsyncDisposable &
  Readonly<{
    /** For administrators: requests that could not be done. */
    routes: readonly Route[];
    /** What those who joined come in with. */
    accessFor(seated: SeatedIn): Promise<MessagingAccess>;
    /** To be told of what happens in rooms. */
    onRoomEvent: EventHandler;
    /** Whether NATS answers. @throws MESSAGING_UNAVAILABLE */
    probe(): Promise<void>;
  }>;

type Settings = NonNullable<Config['nats']>;

export type MessagingDeps = Readonly<{
  config: Config & Readonly<{ nats: Settings }>;
  rooms: Rooms;
  history: Pick<History, 'eventsAfter'>;
  /** Names this life of this instance. */
  instance: string;
  logger: Logger;
  now: () => Date;
}>;

/** Opens the door of NATS clients. The service starts and runs without NATS; what is missed then is made up for later. */
export function openMessagingDoor(deps: MessagingDeps): MessagingDoor {
  const { config, logger, instance } = deps;
  const stopping = new AbortController();
  let links: Links | null = null;

  async function run(): Promise<AsyncDisposable> {
    await using opening = new AsyncDisposableStack();
    links = opening.use(await connectNats(config.nats, instance, logger, stopping.signal));
    // Each part in its own folder, in the order in which they need each other.
    return opening.move();
  }
  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) logger.error('messaging.failed', { error });
    return null;
  });

  return {
    routes: [],
    async accessFor() {
      throw new Error('not yet');
    },
    async onRoomEvent() {},
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
