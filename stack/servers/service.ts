import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { dev } from '../dev-values.ts';
import type { Installation } from '../install/installation.ts';
import { httpReady } from '../run/probe.ts';
import { type Place, type ServerDescription, tcp } from '../server-description.ts';
import { stateFolder } from '../state.ts';
import { ffmpeg } from '../tools/ffmpeg.ts';

const checkout = join(import.meta.dirname, '..', '..');

/** What `/info` says was built; a checkout without git has none. */
function commit(): string {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : 'unknown';
}

/** The Node that runs this stack also runs the service. */
const thisNode: Installation = {
  title: 'node',
  find: async () => process.execPath,
  install: async () => process.execPath,
};

/**
 * The whole environment of one instance. The order is: our defaults, then the other servers' outputs, then
 * the user's environment, then what tells instances apart, which nobody may override.
 */
export function serviceEnv(
  place: Place,
  outputs: Readonly<Record<string, string>>,
  index: number,
): Readonly<Record<string, string>> {
  const merged: NodeJS.ProcessEnv = {
    NODE_ENV: 'development',
    GIT_COMMIT: commit(),
    HOST: '127.0.0.1',
    KEYCLOAK_CLIENT_ID: dev.serviceClientId,
    KEYCLOAK_CLIENT_SECRET: dev.serviceClientSecret,
    // The page's, at either port: sockets name their origin even to where they came from.
    CORS_ORIGINS: [outputs['PUBLIC_URL'], outputs['PUBLIC_TLS_URL']].filter(Boolean).join(','),
    TRACE_SAMPLE_RATIO: '1',
    // One for all instances: whichever is there finishes what another began.
    RECORDINGS_DIR: join(stateFolder(place.offset), 'recordings'),
    ...place.env,
    ...outputs,
    PORT: `${place.port('service', index)}`,
    METRICS_PORT: `${place.port('metrics', index)}`,
    INSTANCE_ID: `service-${index + 1}`,
  };
  const entries = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}

const indexes = (place: Place): readonly number[] =>
  Array.from({ length: place.instances }, (_, index) => index);

/** Ours: `src/main.ts`, as often as asked for. */
export const service: ServerDescription = {
  name: 'service',
  needs: ['mongodb', 'redis', 'keycloak', 'livekit', 'nats', 'anvil'],
  ports: (place) =>
    indexes(place).flatMap((index) => [tcp(place.port('service', index)), tcp(place.port('metrics', index))]),
  outputs: () => ({}),
  installation: thisNode,
  parts: { ffmpeg: ffmpeg.installation },
  processes: async (setting) =>
    indexes(setting).map((index) => ({
      name: `service-${index + 1}`,
      command: setting.program,
      args: [join(checkout, 'src', 'main.ts')],
      env: serviceEnv(setting, setting.outputs, index),
      cwd: checkout,
      ready: httpReady(`http://127.0.0.1:${setting.port('service', index)}/health/ready`),
      readyWithinMs: 60_000,
      graceMs: 12_000, // it drains for up to 10 s
    })),
};
