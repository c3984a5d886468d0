import type { ServerDescription } from '../server-description.ts';
import { anvil } from './anvil.ts';
import { coturn } from './coturn.ts';
import { gateway } from './gateway.ts';
import { keycloak } from './keycloak.ts';
import { livekit } from './livekit.ts';
import { mongodb } from './mongodb.ts';
import { nats } from './nats.ts';
import { redis } from './redis.ts';
import { service } from './service.ts';
import { zipkin } from './zipkin.ts';

/** Every server of the product. A new one is a file here and a line in this list. */
export const allServers: readonly ServerDescription[] = [
  keycloak, // first: it takes longest
  zipkin,
  mongodb,
  redis,
  nats,
  livekit,
  coturn,
  anvil,
  gateway,
  service,
];
