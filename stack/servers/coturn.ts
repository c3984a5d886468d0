import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dev } from '../dev-values.ts';
import { aptProgram } from '../install/apt.ts';
import { tcpReady } from '../run/probe.ts';
import { type Place, type ServerDescription, tcp, udp } from '../server-description.ts';
import { coturnConfig } from './coturn-config.ts';

const configFile = join(import.meta.dirname, '..', '..', 'config', 'turnserver.conf');

/** How many relays at once: a Chromium in a call opens some four. */
const relays = 100;

const relayPorts = ({ port }: Place): readonly number[] =>
  Array.from({ length: relays }, (_, index) => port('turnRelay', index));

/** Relays media for clients whose network lets nothing else out. The service mints the credentials. */
export const coturn: ServerDescription = {
  name: 'coturn',
  needs: [],
  givenBy: 'TURN_URLS',
  ports: (place) => [tcp(place.port('turn')), udp(place.port('turn')), ...relayPorts(place).map(udp)],
  outputs: ({ port, env }) => ({
    // By number: Chromium, which looks for a TURN server by both families, waits for ever for `localhost`.
    TURN_URLS: `turn:127.0.0.1:${port('turn')}?transport=udp,turn:127.0.0.1:${port('turn')}?transport=tcp`,
    // Servers that run elsewhere have a secret of their own, which comes with them in the environment.
    TURN_SECRET: env['TURN_URLS'] ? '' : dev.turnSecret,
  }),
  installation: aptProgram({ command: 'turnserver', packages: ['coturn'], service: 'coturn' }),
  async processes(setting) {
    const { program, folder, port, outputs } = setting;
    const file = join(folder, 'turnserver.conf');
    const config = coturnConfig(readFileSync(configFile, 'utf8'), {
      port: port('turn'),
      relayPorts: [port('turnRelay'), port('turnRelay', relays - 1)],
      secret: outputs['TURN_SECRET'] ?? '',
      folder,
    });
    // It has a secret in it, which arguments would show to everybody on this machine.
    writeFileSync(file, config, { mode: 0o600 });
    return [
      {
        name: 'coturn',
        command: program,
        args: ['-c', file],
        cwd: folder,
        ready: tcpReady(port('turn')),
        readyWithinMs: 10_000,
        graceMs: 3_000,
      },
    ];
  },
};
