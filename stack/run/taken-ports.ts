import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { nextOffset } from '../ports.ts';
import type { PortUse } from '../server-description.ts';
import { holderOfPort } from './port-holder.ts';

export interface NamedPortUse extends PortUse {
  /** The server that needs it. */
  readonly neededBy: string;
}

function isFree({ port, protocol }: PortUse): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === 'tcp') {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
    } else {
      const socket = createSocket('udp4');
      socket.once('error', () => resolve(false));
      socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => socket.close(() => resolve(true)));
    }
  });
}

/** One line for each port that somebody else listens on, with who it is and what to do. */
export async function describeTakenPorts(
  uses: readonly NamedPortUse[],
  offset: number,
): Promise<readonly string[]> {
  const lines = await Promise.all(
    uses.map(async (use) => {
      if (await isFree(use)) return undefined;
      const holder = holderOfPort(use);
      const who = holder ? `${holder.program} (pid ${holder.pid})` : 'another program';
      const stop = holder ? `kill ${holder.pid}` : 'stop that program';
      const port = use.protocol === 'udp' ? `UDP port ${use.port}` : `port ${use.port}`;
      return `${port}, which ${use.neededBy} needs, is taken by ${who}: ${stop}, or move the stack with PORT_OFFSET=${nextOffset(offset)}`;
    }),
  );
  return lines.filter((line) => line !== undefined);
}
