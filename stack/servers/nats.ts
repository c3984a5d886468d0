import { join } from 'node:path';
import { dev } from '../dev-values.ts';
import { goModule } from '../install/go.ts';
import { httpReady } from '../run/probe.ts';
import {
  type Place,
  type ProcessPlan,
  type ServerDescription,
  type Setting,
  tcp,
} from '../server-description.ts';

const configFolder = join(import.meta.dirname, '..', '..', 'nats');

/** `nats`, `nats-2`, … */
const nameOf = (index: number): string => (index === 0 ? 'nats' : `nats-${index + 1}`);

const indexes = ({ natsServers }: Place): readonly number[] =>
  Array.from({ length: natsServers }, (_, index) => index);

const isCluster = ({ natsServers }: Place): boolean => natsServers > 1;

/** Carries the messaging door: one server, or a cluster of three. */
export const nats: ServerDescription = {
  name: 'nats',
  needs: [],
  givenBy: 'NATS_URL',
  ports: (place) =>
    indexes(place)
      .flatMap((index) => [
        place.port('nats', index),
        place.port('natsWebSocket', index),
        place.port('natsMonitoring', index),
        ...(isCluster(place) ? [place.port('natsCluster', index)] : []),
      ])
      .map(tcp),
  outputs: (place) => ({
    NATS_URL: indexes(place)
      .map((index) => `nats://127.0.0.1:${place.port('nats', index)}`)
      .join(','),
    NATS_PUBLIC_URL: indexes(place)
      .map((index) => `ws://localhost:${place.port('natsWebSocket', index)}`)
      .join(','),
    NATS_REPLICAS: `${place.natsServers}`,
    NATS_PASSWORD: dev.natsPassword,
    NATS_ISSUER_SEED: dev.natsIssuerSeed,
    NATS_XKEY_SEED: dev.natsXkeySeed,
    MESSAGING_TOKEN_SECRET: dev.messagingTokenSecret,
  }),
  installation: goModule({
    name: 'nats-server',
    module: 'github.com/nats-io/nats-server/v2',
    version: '2.15.2',
  }),
  processes: async (setting) => indexes(setting).map((index) => planOf(setting, index)),
};

function planOf(setting: Setting, index: number): ProcessPlan {
  const { program, folder, port, outputs } = setting;
  const routes = indexes(setting).map((one) => `nats://127.0.0.1:${port('natsCluster', one)}`);
  return {
    name: nameOf(index),
    command: program,
    args: ['-c', join(configFolder, isCluster(setting) ? 'cluster.conf' : 'nats.conf'), '-a', '127.0.0.1'],
    // In the environment, so that no file and no argument holds a secret.
    env: {
      NATS_SERVER_NAME: nameOf(index),
      NATS_HOST: '127.0.0.1',
      NATS_PORT: `${port('nats', index)}`,
      NATS_WEBSOCKET_PORT: `${port('natsWebSocket', index)}`,
      NATS_MONITORING_PORT: `${port('natsMonitoring', index)}`,
      NATS_STORE: join(folder, nameOf(index)),
      NATS_ISSUER: dev.natsIssuer,
      NATS_XKEY: dev.natsXkey,
      NATS_PASSWORD: outputs['NATS_PASSWORD'] ?? '',
      NATS_BACKEND_PASSWORD: dev.natsBackendPassword,
      ...(isCluster(setting)
        ? {
            NATS_CLUSTER_PORT: `${port('natsCluster', index)}`,
            NATS_ROUTES: `[${routes.map((one) => `"${one}"`).join(',')}]`,
          }
        : {}),
    },
    cwd: folder,
    ready: httpReady(`http://127.0.0.1:${port('natsMonitoring', index)}/healthz`),
    readyWithinMs: 20_000,
    graceMs: 3_000,
  };
}
