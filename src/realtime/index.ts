import type { Connection } from 'mongoose';
import type { KeycloakCallbacks } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import type { Route } from '../http/index.ts';
import type { Presence } from '../presence/index.ts';
import type { Rooms } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { hostRoutes } from './host-routes.ts';
import { joinRoutes } from './join-routes.ts';
import { keycloakRoutes } from './keycloak-routes.ts';
import type { LiveKit } from './livekit.ts';
import { createMint } from './mint.ts';
import { peopleRoutes } from './people-routes.ts';
import { adminRoutes, roomRoutes } from './room-routes.ts';
import { createDeliveries } from './webhooks/deliveries.ts';
import { webhookHandlers } from './webhooks/handlers.ts';
import { webhookRoute } from './webhooks/webhook-route.ts';

export { createLiveKit, type LiveKit } from './livekit.ts';
export { livekitEffects } from './livekit-effects.ts';

export type RealtimeDoor = Readonly<{
  /** Under /api/realtime. */
  api: readonly Route[];
  /** Those of them that answer at the seed's bare paths too. */
  bare: readonly Route[];
  /** Does once what the first join would otherwise wait for. */
  prepare(): Promise<void>;
}>;

/** The door of HTTP and LiveKit. */
export function createRealtimeDoor(deps: {
  config: Pick<Config, 'livekit'>;
  connection: Connection;
  rooms: Rooms;
  presence: Presence;
  livekit: LiveKit;
  callbacks: KeycloakCallbacks;
  logger: Logger;
  now: () => Date;
}): RealtimeDoor {
  const { config, rooms, presence, livekit, logger, now } = deps;
  const mint = createMint({ livekit: config.livekit, now });
  const deliveries = createDeliveries({ connection: deps.connection, now });
  const join = joinRoutes({ rooms, mint, serverUrl: config.livekit.publicUrl, logger });
  const bare = [
    join.join,
    ...roomRoutes({ rooms, logger }),
    ...hostRoutes({ rooms, livekit, logger }),
    ...peopleRoutes({ rooms }),
  ];
  const webhook = webhookRoute({
    livekit: config.livekit,
    deliveries,
    handlers: webhookHandlers({ presence, livekit, logger }),
    logger,
  });
  return {
    api: [
      ...bare,
      join.token,
      join.renew,
      ...adminRoutes({ rooms, logger }),
      webhook,
      ...keycloakRoutes(deps.callbacks),
    ],
    bare,
    async prepare() {
      await mint(WARM_UP, undefined);
    },
  };
}

/** A token for nobody and nowhere: minting once loads and compiles what minting needs. */
const WARM_UP: Parameters<ReturnType<typeof createMint>>[0] = {
  room: {
    id: 'warm-up',
    title: '',
    topic: null,
    language: null,
    maxParticipants: 2,
    access: 'private',
    invited: [],
    e2ee: false,
    status: 'ENDED',
    hostId: 'nobody',
    hostName: null,
    createdAt: new Date(0),
    endedAt: null,
    seats: [],
    kicked: [],
    version: 0,
    lastSeq: 0,
  },
  participant: {
    roomId: 'warm-up',
    userId: 'nobody',
    name: 'nobody',
    role: 'PARTICIPANT',
    isMuted: true,
    isVideoOff: true,
    isHandRaised: false,
    isKicked: false,
    joinedAt: new Date(0),
    leftAt: null,
  },
};
