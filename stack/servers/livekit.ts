import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dev } from '../dev-values.ts';
import { goModule } from '../install/go.ts';
import { httpReady } from '../run/probe.ts';
import { type ServerDescription, tcp, udp } from '../server-description.ts';
import { livekitConfig } from './livekit-config.ts';

const configFile = join(import.meta.dirname, '..', '..', 'livekit.yaml');

/** Carries the media. One node for now: a second one is a further plan with index 1. */
export const livekit: ServerDescription = {
  name: 'livekit',
  needs: ['redis'],
  givenBy: 'LIVEKIT_URL',
  ports: ({ port }) => [tcp(port('livekit')), tcp(port('livekitTcp')), udp(port('livekitUdp'))],
  outputs: ({ port, env }) => ({
    LIVEKIT_URL: `http://127.0.0.1:${port('livekit')}`,
    LIVEKIT_PUBLIC_URL: env['LIVEKIT_URL']?.replace(/^http/, 'ws') ?? `ws://localhost:${port('livekit')}`,
    LIVEKIT_API_KEY: dev.livekitKey,
    LIVEKIT_API_SECRET: dev.livekitSecret,
  }),
  installation: goModule({
    name: 'livekit',
    module: 'github.com/livekit/livekit-server/cmd/server',
    version: '1.11.0',
  }),
  async processes({ program, folder, port, outputs }) {
    const index = 0;
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
    return [
      {
        name: 'livekit',
        command: program,
        args: ['--config', file],
        // In the environment, so that no file holds the secret.
        env: { LIVEKIT_KEYS: `${outputs['LIVEKIT_API_KEY']}: ${outputs['LIVEKIT_API_SECRET']}` },
        cwd: folder,
        ready: httpReady(`http://127.0.0.1:${port('livekit', index)}/`),
        readyWithinMs: 20_000,
        // It waits for its rooms to end; nobody waits for the rooms of a development stack.
        graceMs: 3_000,
      },
    ];
  },
};
