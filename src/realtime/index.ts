import type { EgressInfo } from 'livekit-server-sdk';
import type { Connection } from 'mongoose';
import type { KeycloakCallbacks } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import type { Route } from '../http/index.ts';
import type { LiveKit, Mint } from '../livekit/index.ts';
import type { Presence } from '../presence/index.ts';
import type { Rooms } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { IceServersFor } from '../turn/index.ts';
import { hostRoutes } from './host-routes.ts';
import { joinRoutes, type MessagingFor } from './join-routes.ts';
import { keycloakRoutes } from './keycloak-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { adminRoutes, roomRoutes } from './room-routes.ts';
import { createDeliveries } from './webhooks/deliveries.ts';
import { webhookHandlers } from './webhooks/handlers.ts';
import { webhookRoute } from './webhooks/webhook-route.ts';

export { livekitEffects } from './livekit-effects.ts';

export type RealtimeDoor = Readonly<{
  /** Under /api/realtime. */
  api: readonly Route[];
  /** Those of them that answer at the seed's bare paths too. */
  bare: readonly Route[];
}>;

/** The door of HTTP and LiveKit. */
export function createRealtimeDoor(deps: {
  config: Pick<Config, 'livekit'>;
  connection: Connection;
  rooms: Rooms;
  presence: Presence;
  livekit: LiveKit;
  mint: Mint;
  iceServersFor: IceServersFor;
  messagingFor: MessagingFor;
  callbacks: KeycloakCallbacks;
  /** Told when LiveKit's participant of this id is gone. */
  onDisconnected: (participantId: string) => Promise<void>;
  /** Told what LiveKit Egress says. */
  onEgress: (info: EgressInfo) => Promise<void>;
  logger: Logger;
  now: () => Date;
}): RealtimeDoor {
  const { config, rooms, presence, livekit, mint, logger, now } = deps;
  const deliveries = createDeliveries({ connection: deps.connection, now });
  const join = joinRoutes({
    rooms,
    mint,
    serverUrl: config.livekit.publicUrl,
    iceServersFor: deps.iceServersFor,
    messagingFor: deps.messagingFor,
    logger,
  });
  const bare = [
    join.join,
    ...roomRoutes({ rooms, logger }),
    ...hostRoutes({ rooms, livekit, logger }),
    ...peopleRoutes({ rooms }),
  ];
  const webhook = webhookRoute({
    livekit: config.livekit,
    deliveries,
    handlers: webhookHandlers({
      rooms,
      presence,
      livekit,
      onDisconnected: deps.onDisconnected,
      onEgress: deps.onEgress,
      logger,
    }),
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
  };
}
