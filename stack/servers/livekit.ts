import { readFileSync, writeFileSync } from 'node:fs';
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
  udp,
} from '../server-description.ts';
import { livekitConfig } from './livekit-config.ts';

const configFile = join(import.meta.dirname, '..', '..', 'livekit.yaml');

/** `livekit`, `livekit-2`, … */
const nameOf = (index: number): string => (index === 0 ? 'livekit' : `livekit-${index + 1}`);

const indexes = ({ nodes }: Place): readonly number[] => Array.from({ length: nodes }, (_, index) => index);

/**
 * Carries the media: one node or several, which share Redis. Clients enter by the gateway, which knows the nodes that
 * are up; so does the service when there are several.
 */
export const livekit: ServerDescription = {
  name: 'livekit',
  needs: ['redis'],
  givenBy: 'LIVEKIT_URL',
  ports: (place) =>
    indexes(place).flatMap((index) => [
      tcp(place.port('livekit', index)),
      tcp(place.port('livekitTcp', index)),
      udp(place.port('livekitUdp', index)),
    ]),
  outputs: ({ port, env, nodes }) => ({
    LIVEKIT_URL: `http://127.0.0.1:${port(nodes === 1 ? 'livekit' : 'gatewayLivekit')}`,
    LIVEKIT_PUBLIC_URL:
      env['LIVEKIT_URL']?.replace(/^http/, 'ws') ?? `ws://localhost:${port('gatewayLivekit')}`,
    LIVEKIT_API_KEY: dev.livekitKey,
    LIVEKIT_API_SECRET: dev.livekitSecret,
  }),
  installation: goModule({
    name: 'livekit',
    module: 'github.com/livekit/livekit-server/cmd/server',
    version: '1.11.0',
  }),
  processes: async (setting) => indexes(setting).map((index) => planOf(setting, index)),
};

function planOf({ program, folder, port, outputs }: Setting, index: number): ProcessPlan {
  const file = join(folder, `livekit-${index + 1}.yaml`);
  const config = livekitConfig(readFileSync(configFile, 'utf8'), {
    port: port('livekit', index),
    tcpPort: port('livekitTcp', index),
    udpPort: port('livekitUdp', index),
    redisUrl: outputs['REDIS_URL'] ?? '',
    publicUrl: outputs['PUBLIC_URL'] ?? '',
    apiKey: outputs['LIVEKIT_API_KEY'] ?? '',
  });
  writeFileSync(file, config);
  return {
    name: nameOf(index),
    command: program,
    args: ['--config', file],
    // In the environment, so that no file holds the secret.
    env: { LIVEKIT_KEYS: `${outputs['LIVEKIT_API_KEY']}: ${outputs['LIVEKIT_API_SECRET']}` },
    cwd: folder,
    ready: httpReady(`http://127.0.0.1:${port('livekit', index)}/`),
    readyWithinMs: 20_000,
    // It waits for its rooms to end; nobody waits for the rooms of a development stack.
    graceMs: 3_000,
  };
}
