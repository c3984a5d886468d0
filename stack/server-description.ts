import type { Installation } from './install/installation.ts';
import type { PortName } from './ports.ts';
import type { Probe } from './run/probe.ts';

/** What every function of a description may look at. Nothing in it changes while a stack runs. */
export interface Place {
  readonly offset: number;
  /** How many instances of the service, at least 1. */
  readonly instances: number;
  /** How many nodes of LiveKit, at least 1. */
  readonly nodes: number;
  /** How many servers of NATS, at least 1. */
  readonly natsServers: number;
  /** The user's environment. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The port of the `index`-th server of a kind, moved by the offset. */
  port(name: PortName, index?: number): number;
}

/** A port that must be free before anything starts. */
export interface PortUse {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** What a process is planned with, once its program is there. */
export interface Setting extends Place {
  /** Absolute path of the program, from the description's `installation`. */
  readonly program: string;
  /** Absolute paths of the description's `parts`, by their names. */
  readonly parts: Readonly<Record<string, string>>;
  /** This server's own folder, kept between starts. Exists. */
  readonly folder: string;
  /** The outputs of all servers, started here or given by the environment. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** One process of a server. */
export interface ProcessPlan {
  /** Unique in the stack: `livekit`, `service-2`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the user's environment, and stronger than it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly ready: Probe;
  /** The longest wait for `ready`, in milliseconds. */
  readonly readyWithinMs: number;
  readonly stopSignal?: NodeJS.Signals;
  /** From the stop signal to SIGKILL, in milliseconds. */
  readonly graceMs: number;
  /** Work on a server that answers but is not usable yet. Runs once after `ready`. */
  readonly afterReady?: () => Promise<void>;
}

/** Everything the stack knows about a kind of server. One file in `stack/servers/` each. */
export interface ServerDescription {
  readonly name: string;
  /** Names of the servers that must be ready before this one starts. */
  readonly needs: readonly string[];
  /** An environment variable that, when set, says where this server already runs: it is not started. */
  readonly givenBy?: string;
  ports(place: Place): readonly PortUse[];
  /**
   * What others may know, by the name of the environment variable that carries it. Pure, so that servers may
   * know of each other whatever their order.
   */
  outputs(place: Place): Readonly<Record<string, string>>;
  readonly installation: Installation;
  /** What it serves or reads besides its program and must be there as well, by name. Each is a step of its own. */
  readonly parts?: Readonly<Record<string, Installation>>;
  processes(setting: Setting): Promise<readonly ProcessPlan[]>;
}

export const tcp = (port: number): PortUse => ({ port, protocol: 'tcp' });
export const udp = (port: number): PortUse => ({ port, protocol: 'udp' });
