import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createAccessTokens,
  createAdministratorGuard,
  createKeycloakCallbacks,
  createRevocations,
  createSigningKeys,
} from './auth/index.ts';
import type { Config } from './config/index.ts';
import { createApp, type Dependency, healthRoutes, listen } from './http/index.ts';
import { connectMongo } from './mongo.ts';
import { createPresence, startSeatSweep } from './presence/index.ts';
import { createLiveKit, createRealtimeDoor, livekitEffects } from './realtime/index.ts';
import { openRooms } from './rooms/index.ts';
import type { Logger } from './telemetry/index.ts';

const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  name: string;
  version: string;
};

/** What tests replace. */
export type Overrides = Readonly<{ now?: () => Date; newId?: () => string }>;

/** A running service. Disposing drains it and closes everything, in the reverse order of opening. */
export type Service = AsyncDisposable & Readonly<{ port: number }>;

/**
 * The composition root: builds every module once and passes each just what it uses.
 * Resolves when the service accepts requests.
 *
 * @throws ServiceError STORE_UNAVAILABLE; the error of a taken port
 */
export async function startService(
  config: Config,
  logger: Logger,
  overrides: Overrides = {},
): Promise<Service> {
  const { now = () => new Date(), newId = randomUUID } = overrides;
  await using opened = new AsyncDisposableStack();

  const connection = opened.use(await connectMongo(config.mongo.url));
  const keys = opened.use(
    createSigningKeys(config.keycloak.realmUrl, (error) => logger.warn('keycloak.keys.stale', { error })),
  );
  const revocations = opened.use(
    createRevocations({ connection, now, onError: (error) => logger.warn('revocations.stale', { error }) }),
  );
  const tokens = createAccessTokens({ keys, revocations, keycloak: config.keycloak });
  const livekit = createLiveKit(config.livekit, logger);

  const core = opened.use(
    openRooms({
      connection,
      source: { now, newId },
      rules: config.rooms,
      log: {
        failed: ({ type, roomId, id }, error) =>
          logger.warn('event.failed', { type, roomId, eventId: id, error }),
        abandoned: ({ type, roomId, id }) => logger.error('event.abandoned', { type, roomId, eventId: id }),
        stalled: (error) => logger.error('relay.stalled', { error }),
      },
      handlers: (rooms) => [livekitEffects({ rooms, livekit })],
    }),
  );
  const { rooms } = core;
  const presence = createPresence({ rooms });
  const callbacks = createKeycloakCallbacks({ keys, revocations, keycloak: config.keycloak, now, logger });
  const realtime = createRealtimeDoor({
    config,
    connection,
    rooms,
    presence,
    livekit,
    callbacks,
    logger,
    now,
  });

  // Without Keycloak we start all the same, and are ready (health) once its keys have been had.
  const firstKeys = keys.refresh().catch((error) => logger.warn('keycloak.keys.missing', { error }));
  await Promise.all([core.prepare(), revocations.prepare(), realtime.prepare(), firstKeys]);
  opened.use(startSeatSweep({ rooms, onError: (error) => logger.warn('seats.sweep.failed', { error }) }));

  let stopping = false;
  const dependencies: Dependency[] = [
    { name: 'mongodb', needed: () => true, probe: async () => connection.db?.command({ ping: 1 }) },
    { name: 'keycloak', needed: () => !keys.ready(), probe: () => keys.refresh() },
    { name: 'livekit', needed: () => false, probe: () => livekit.ping() },
  ];
  const app = createApp({
    config,
    version,
    guards: { tokens, administrator: createAdministratorGuard(config.keycloak, revocations.notBefore) },
    api: realtime.api,
    bare: realtime.bare,
    root: healthRoutes({
      dependencies,
      stopping: () => stopping,
      info: { name, version, commit: config.commit, instance: config.instanceId },
    }),
    logger,
  });
  const { host, port } = config.http;
  const listening = opened.use(await listen(app, { host, port, grace: config.shutdownGrace }));
  opened.defer(() => {
    stopping = true;
  });

  const running = opened.move();
  return { port: listening.port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
