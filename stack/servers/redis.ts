import { aptProgram } from '../install/apt.ts';
import { tcpReady } from '../run/probe.ts';
import { type ServerDescription, tcp } from '../server-description.ts';

/**
 * Carries LiveKit's messages between its nodes and the service's between its instances, and holds presence
 * leases and rate limits. Nothing in it needs to outlive a start.
 */
export const redis: ServerDescription = {
  name: 'redis',
  needs: [],
  givenBy: 'REDIS_URL',
  ports: (place) => [tcp(place.port('redis'))],
  outputs: (place) => ({ REDIS_URL: `redis://127.0.0.1:${place.port('redis')}` }),
  installation: aptProgram({ command: 'redis-server', packages: ['redis-server'], service: 'redis-server' }),
  processes: async ({ program, folder, port }) => [
    {
      name: 'redis',
      command: program,
      args: [
        '--port',
        `${port('redis')}`,
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--appendonly',
        'no',
      ],
      ready: tcpReady(port('redis')),
      readyWithinMs: 10_000,
      graceMs: 5_000,
    },
  ],
};
