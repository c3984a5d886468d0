import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { installAll } from './install-all.ts';
import { selectServers } from './order.ts';
import { allOutputs, isGiven } from './outputs.ts';
import { type PortName, portOf } from './ports.ts';
import { type Crash, RunningServer } from './run/running-server.ts';
import { ServerSet } from './run/server-set.ts';
import { describeTakenPorts } from './run/taken-ports.ts';
import type { Place, ProcessPlan, ServerDescription } from './server-description.ts';
import { allServers } from './servers/all.ts';
import { serviceEnv } from './servers/service.ts';
import { StackError } from './stack-error.ts';
import { lifeOf } from './stack-life.ts';
import { startAll } from './start-all.ts';
import { stateFolder } from './state.ts';

export interface StackOptions {
  /** Added to every port, 0 by default. */
  readonly offset?: number;
  /** How many instances of the service, 1 by default. */
  readonly instances?: number;
  /** How many nodes of LiveKit, 1 by default. */
  readonly nodes?: number;
  /** How many servers of NATS, 1 by default; several are a cluster. */
  readonly natsServers?: number;
  /** Where data, generated configuration and logs go; `.stack/` in the checkout by default. */
  readonly stateDir?: string;
  /** Start only these and what they need. */
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  /** Stronger than anything else in the environment of the service's instances. */
  readonly serviceEnv?: Readonly<Record<string, string>>;
  /** No progress on standard output. */
  readonly quiet?: boolean;
  /** `false` removes the state folder, logs included, when the stack has stopped. */
  readonly keepOutput?: boolean;
  /** Gives up starting when it aborts, and stops what runs. */
  readonly signal?: AbortSignal;
  /** The environment to read; `process.env` by default. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Hears of a server that ended by itself, once all others are stopped. By default it is printed. */
  readonly onCrash?: (crash: Crash) => void;
  /** Other servers than the product's, for the tests of the stack itself. */
  readonly servers?: readonly ServerDescription[];
}

export interface Stack extends AsyncDisposable {
  readonly offset: number;
  readonly stateDir: string;
  /** Everything the servers tell each other, by environment variable: `MONGO_URL`, `PUBLIC_URL`, … */
  readonly outputs: Readonly<Record<string, string>>;
  /** The started processes by name: `livekit`, `service-1`, … */
  readonly servers: ReadonlyMap<string, RunningServer>;
  port(name: PortName, index?: number): number;
  /** The whole environment of the service's `index`-th instance (from 0), whether it runs or not. */
  serviceEnv(index?: number): Readonly<Record<string, string>>;
  /** The started process of that name. @throws StackError when there is none. */
  server(name: string): RunningServer;
  /** Stops everything in reverse order. Never rejects; a second call waits for the first. */
  stop(): Promise<void>;
  /** Kills everything at once. */
  kill(): Promise<void>;
}

/**
 * Installs what is missing, then starts servers in the order of their needs, side by side where they do not
 * need each other. Ports are looked at first, so that a taken one costs nothing.
 * @throws StackError; nothing is left running then.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { offset = 0, instances = 1, nodes = 1, natsServers = 1, quiet = false, env = process.env } = options;
  const place: Place = {
    offset,
    instances,
    nodes,
    natsServers,
    env,
    port: (name, index) => portOf(name, offset, index),
  };
  const all = options.servers ?? allServers;
  const chosen = selectServers(all, options.only, options.without).filter((one) => !isGiven(one, env));
  const stateDir = options.stateDir ?? stateFolder(offset);
  const outputs = { ...allOutputs(all, place), ...options.serviceEnv };
  const set = new ServerSet(chosen);
  const life = lifeOf(set, stateDir, options);
  try {
    await requireFreePorts(chosen, place);
    const programs = await installAll(chosen.flatMap(installable), { env, signal: life.signal, quiet });
    await startAll(chosen, { quiet, signal: life.signal }, async (one, signal) => {
      const folder = join(stateDir, one.name);
      mkdirSync(folder, { recursive: true });
      const program = programs.get(one.name) ?? one.name;
      const parts = Object.fromEntries(partsOf(one).map(({ name }) => [name, programs.get(name) ?? name]));
      const plans = await one.processes({ ...place, program, parts, folder, outputs });
      const start = async (plan: ProcessPlan): Promise<void> => {
        const log = join(stateDir, 'logs', `${plan.name}.log`);
        const server = new RunningServer(plan, env, log, life.onCrash);
        set.add(one.name, server);
        await server.start(signal);
      };
      await Promise.all(plans.map(start));
    });
    life.signal.throwIfAborted();
    life.isUp = true;
  } catch (error) {
    const reason: unknown = life.signal.aborted ? life.signal.reason : error;
    await life.stop();
    throw reason;
  }

  const servers = set.byName();
  return {
    offset,
    stateDir,
    outputs,
    servers,
    port: place.port,
    serviceEnv: (index = 0) => serviceEnv(place, outputs, index),
    server(name) {
      const server = servers.get(name);
      if (server) return server;
      throw new StackError(`no server "${name}" was started; there are ${[...servers.keys()].join(', ')}`);
    },
    stop: life.stop,
    kill: life.kill,
    [Symbol.asyncDispose]: life.stop,
  };
}

const partsOf = ({ parts = {} }: ServerDescription) =>
  Object.entries(parts).map(([name, installation]) => ({ name, installation }));

/** All that must be there before a server can start. */
const installable = (server: ServerDescription) => [server, ...partsOf(server)];

/** @throws StackError with a line for each port that is taken. */
async function requireFreePorts(servers: readonly ServerDescription[], place: Place): Promise<void> {
  const uses = servers.flatMap((one) => one.ports(place).map((use) => ({ ...use, neededBy: one.name })));
  const taken = await describeTakenPorts(uses, place.offset);
  if (taken.length > 0) throw new StackError(taken.join('\n'));
}
