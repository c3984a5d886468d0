import type { Connection } from 'mongoose';
import type { Route } from '../http/index.ts';
import { createExchange, type LiveKit, type Mint, type Whip } from '../livekit/index.ts';
import type { Rooms } from '../rooms/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { IceServersFor } from '../turn/index.ts';
import { createSessions } from './signal/sessions.ts';
import { signalRoutes } from './signal/signal-routes.ts';
import { createSignaling } from './signal/signaling.ts';
import { whipRoutes } from './signal/whip-routes.ts';

export { type OpenRecordings, openRecordings } from './recordings/index.ts';

export type MediaDoor = Readonly<{
  /** Under /api/realtime. */
  api: readonly Route[];
  /** Those of them that answer at the seed's bare paths too. */
  bare: readonly Route[];
  /** To be told when LiveKit's participant of this id is gone. */
  onDisconnected(participantId: string): Promise<void>;
}>;

/** The door of peers without an SDK. */
export function createMediaDoor(deps: {
  connection: Connection;
  rooms: Rooms;
  livekit: LiveKit;
  mint: Mint;
  whip: Whip;
  iceServersFor: IceServersFor;
  logger: Logger;
  now: () => Date;
  newId: () => string;
}): MediaDoor {
  const { rooms, livekit, mint, whip, iceServersFor, logger, now, newId } = deps;
  const sessions = createSessions({ connection: deps.connection, now });
  const exchange = createExchange({ livekit, mint, whip });
  const signaling = createSignaling({ rooms, livekit, exchange, mint, whip, sessions, newId, logger });
  const bare = [...signalRoutes({ signaling, iceServersFor }), ...whipRoutes({ signaling, iceServersFor })];
  return { api: bare, bare, onDisconnected: sessions.removeOf };
}
