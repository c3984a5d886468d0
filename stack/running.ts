import { allOutputs } from './outputs.ts';
import { parseOffset, portOf } from './ports.ts';
import { allServers } from './servers/all.ts';

/** What the servers of a stack that runs beside us tell each other, at the environment's `PORT_OFFSET`. */
export function outputsOfRunning(env: Readonly<NodeJS.ProcessEnv>): Readonly<Record<string, string>> {
  const offset = parseOffset(env['PORT_OFFSET']);
  return allOutputs(allServers, {
    offset,
    instances: 1,
    nodes: 1,
    natsServers: 1,
    env,
    port: (name, index) => portOf(name, offset, index),
  });
}
