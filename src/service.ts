import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createAccessTokens,
  createAdministratorGuard,
  createKeycloakCallbacks,
  createRevocations,
  createSigningKeys,
} from './auth/index.ts';
import { type ChainDoor, openChainDoor } from './chain/index.ts';
import type { Config } from './config/index.ts';
import { ServiceError } from './errors.ts';
import { createApp, type Dependency, healthRoutes, listen } from './http/index.ts';
import { createRateLimits } from './limits/index.ts';
import { createLiveKit, createMint, createWhip, warmUp } from './livekit/index.ts';
import { openLobbyDoor } from './lobby/index.ts';
import { createMediaDoor, type OpenRecordings, openRecordings } from './media/index.ts';
import { type MessagingDoor, openMessagingDoor } from './messaging/index.ts';
import { createMetrics, serveMetrics } from './metrics/index.ts';
import { migrate } from './migrations/index.ts';
import { connectMongo } from './mongo.ts';
import {
  createHeldConnections,
  createInstanceLeases,
  createPresence,
  startSeatSweep,
} from './presence/index.ts';
import { createRealtimeDoor, livekitEffects } from './realtime/index.ts';
import { connectRedis, createRedisChannels } from './redis/index.ts';
import { openRooms } from './rooms/index.ts';
import { createSfuSessions } from './sfu/index.ts';
import type { Logger } from './telemetry/index.ts';
import { createIceServers } from './turn/index.ts';
import { createUserMirror } from './users/index.ts';

const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  name: string;
  version: string;
};

/** The door of the sockets that end in one instance. */
const socketDoor = (instance: string): string => `socket@${instance}`;

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
  // A new life of an instance is another instance to those who count its connections.
  const instance = `${config.instanceId.replaceAll(/[^\w.-]/g, '_')}.${randomUUID().slice(0, 8)}`;
  await using opened = new AsyncDisposableStack();

  // First, so that all else can be measured, and is until it has been closed.
  const metrics = opened.use(
    createMetrics({
      instance: config.instanceId,
      version,
      onError: (error) => logger.warn('metrics.incomplete', { error }),
    }),
  );
  const { port: metricsPort } = config.metrics;
  if (metricsPort !== null)
    opened.use(await serveMetrics({ metrics, host: config.http.host, port: metricsPort }));

  const redis = opened.use(connectRedis(config.redis.url, (error) => logger.warn('redis.down', { error })));
  const limits = createRateLimits({
    redis: redis.commands,
    limits: config.limits,
    onAway: (error) => logger.warn('limits.alone', { error }),
  });
  const connection = opened.use(await connectMongo(config.mongo.url));
  // Before anything that reads or writes: it may be the database of an older version.
  await migrate({ url: config.mongo.url, log: logger, now });
  const keys = opened.use(
    createSigningKeys(config.keycloak.realmUrl, (error) => logger.warn('keycloak.keys.stale', { error })),
  );
  const revocations = opened.use(
    createRevocations({ connection, now, onError: (error) => logger.warn('revocations.stale', { error }) }),
  );
  const users = opened.use(
    createUserMirror({ connection, now, onError: (error) => logger.warn('users.stale', { error }) }),
  );
  const tokens = createAccessTokens({
    keys,
    revocations,
    keycloak: config.keycloak,
    onVerified: users.seen,
  });
  const livekit = createLiveKit(config.livekit, logger);
  const mint = createMint({ livekit: config.livekit, now });
  const whip = createWhip({ url: config.livekit.url });
  const iceServersFor = createIceServers({ turn: config.turn, now });

  let chain: ChainDoor | null = null;
  const core = opened.use(
    openRooms({
      connection,
      channels: createRedisChannels(redis, instance, (error) => logger.warn('channel.unheard', { error })),
      source: { now, newId },
      rules: config.rooms,
      log: {
        gap: (roomId, from, to) => logger.error('feed.gap', { roomId, from, to }),
        failed: ({ type, roomId, id }, error) =>
          logger.warn('event.failed', { type, roomId, eventId: id, error }),
        abandoned: ({ type, roomId, id }) => logger.error('event.abandoned', { type, roomId, eventId: id }),
        stalled: (error) => logger.error('relay.stalled', { error }),
      },
      handlers: (rooms) => [
        livekitEffects({ rooms, livekit }),
        (event) => recordings.onRoomEvent(event),
        async (event) => messaging?.onRoomEvent(event),
        async (event) => {
          // Opening it takes a moment (keystores, a signer elsewhere); what fails is carried on again.
          if (config.chain && !chain)
            throw new ServiceError('CHAIN_UNAVAILABLE', "The chain's door is not open yet.");
          await chain?.onRoomEvent(event);
        },
      ],
    }),
  );
  const { rooms } = core;
  const recordings: OpenRecordings = opened.use(
    openRecordings({ config, connection, rooms, instance, source: { now, newId }, logger }),
  );
  const presence = createPresence({ rooms });
  const { nats } = config;
  const messaging: MessagingDoor | null = nats
    ? opened.use(
        openMessagingDoor({
          config: { ...config, nats },
          connection,
          rooms,
          limits,
          mint,
          iceServersFor,
          history: core.history,
          tokens,
          checkRevoked: revocations.check,
          presence,
          instance,
          version,
          logger,
          now,
        }),
      )
    : null;
  const source = { now, newId };
  if (config.chain)
    chain = opened.use(
      await openChainDoor({
        settings: config.chain,
        connection,
        rooms,
        presence,
        sfu: createSfuSessions({ sfu: config.sfu, livekit, mint, whip, logger }),
        meter: metrics.meter,
        instance,
        source,
        logger,
      }),
    );
  const leases = opened.use(
    createInstanceLeases({
      connection,
      redis,
      rooms,
      presence,
      instance,
      lease: config.presence.lease,
      doorOf: socketDoor,
      now,
      onLapsed: () => held.reassert(),
      onDead: (dead) => logger.warn('instance.dead', { dead }),
      onError: (error) => logger.warn('presence.stale', { error }),
    }),
  );
  const held = opened.use(
    createHeldConnections({
      rooms,
      presence,
      door: socketDoor(instance),
      onError: (error) => logger.warn('presence.late', { error }),
    }),
  );
  const callbacks = createKeycloakCallbacks({ keys, revocations, keycloak: config.keycloak, now, logger });
  const media = createMediaDoor({
    connection,
    rooms,
    livekit,
    mint,
    whip,
    iceServersFor,
    logger,
    now,
    newId,
  });
  const realtime = createRealtimeDoor({
    config,
    connection,
    rooms,
    presence,
    livekit,
    mint,
    iceServersFor,
    messagingFor: messaging?.accessFor ?? (() => null),
    callbacks,
    onDisconnected: media.onDisconnected,
    onEgress: recordings.onEgress,
    logger,
    now,
  });

  // Without Keycloak we start all the same, and are ready (health) once its keys have been had.
  const firstKeys = keys.refresh().catch((error) => logger.warn('keycloak.keys.missing', { error }));
  await Promise.all([revocations.prepare(), warmUp(mint), leases.begin(), firstKeys]);
  opened.use(startSeatSweep({ rooms, onError: (error) => logger.warn('seats.sweep.failed', { error }) }));

  let stopping = false;
  const dependencies: Dependency[] = [
    { name: 'mongodb', needed: () => true, probe: async () => connection.db?.command({ ping: 1 }) },
    { name: 'keycloak', needed: () => !keys.ready(), probe: () => keys.refresh() },
    { name: 'redis', needed: () => false, probe: () => redis.commands.ping() },
    { name: 'livekit', needed: () => false, probe: () => livekit.ping() },
    ...(messaging ? [{ name: 'nats', needed: () => false, probe: messaging.probe }] : []),
    ...(chain ? [{ name: 'chain', needed: () => false, probe: chain.probe }] : []),
  ];
  const app = createApp({
    config,
    version,
    guards: {
      tokens,
      administrator: createAdministratorGuard(config.keycloak, revocations.notBefore),
      limits,
    },
    api: [
      ...realtime.api,
      ...media.api,
      ...recordings.routes,
      ...(messaging?.routes ?? []),
      ...(chain?.routes ?? []),
    ],
    bare: [...realtime.bare, ...media.bare, ...recordings.routes],
    root: healthRoutes({
      dependencies,
      stopping: () => stopping,
      info: { name, version, commit: config.commit, instance: config.instanceId, chain: chain?.info },
    }),
    logger,
  });
  const { host, port } = config.http;
  const listening = opened.use(await listen(app, { host, port, grace: config.shutdownGrace }));
  opened.use(
    openLobbyDoor({
      server: listening.server,
      config,
      core,
      held,
      tokens,
      checkRevoked: revocations.check,
      limits,
      redis,
      logger,
      now,
    }),
  );
  opened.defer(() => {
    stopping = true;
  });

  const running = opened.move();
  return { port: listening.port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
