import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Artifact, fingerprintOf } from './artifact.ts';

/**
 * Where the contract is on every chain of development: an address follows from who deploys and how often they sent
 * something before, and the deployer's first transaction is this one (`deploy.ts` sees to it).
 */
export const contractAddress = '0x5FbDB2315678afecb367f032d93F642f64180aa3';

const packages = join(import.meta.dirname, '..', '..', 'node_modules', '@foundry-rs');
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The package of npm with anvil's program for this machine, whether there is one or not. */
export const anvilPackage = `anvil-${process.platform}-${architectures[process.arch] ?? process.arch}`;

/**
 * The absolute path of anvil's program; undefined when npm has not installed it. It is started without the script that
 * its package calls `anvil`, which would keep signals to itself.
 */
export function findAnvil(): string | undefined {
  const program = join(packages, anvilPackage, 'bin', 'anvil');
  return existsSync(program) ? program : undefined;
}

export interface AnvilOptions {
  readonly host?: string;
  readonly port: number;
  /** Read when anvil starts, written while it runs and when SIGTERM ends it. */
  readonly stateFile: string;
  /** A block each so many seconds, besides that of each transaction; without it there is only the latter. */
  readonly blockTime?: number;
  readonly accounts?: number;
}

/** So many blocks back the state can be read or gone back to; half a megabyte of memory each. */
const keptStates = '256';
/** What a `kill -9` may take away, in seconds. The file grows by 2 KB a block and is written whole. */
const savedEvery = '10';

/** The arguments that anvil is started with. Nothing is written outside the folder of its state file. */
export function anvilArgs(options: AnvilOptions): readonly string[] {
  const { host = '127.0.0.1', port, stateFile, blockTime, accounts } = options;
  return [
    '--quiet',
    ...['--host', host, '--port', `${port}`],
    ...['--state', stateFile, '--state-interval', savedEvery],
    ...['--prune-history', keptStates],
    // Else it keeps things in the user's home, and leaves them there when it is killed.
    ...['--cache-path', join(dirname(stateFile), 'states')],
    ...(blockTime === undefined ? [] : ['--block-time', `${blockTime}`, '--mixed-mining']),
    ...(accounts === undefined ? [] : ['--accounts', `${accounts}`]),
  ];
}

/**
 * The file of a chain with this very contract: when the contract changes, the chain begins anew, as the new one is at the
 * same address. What is left of other chains in that folder is removed.
 */
export function stateFileFor(folder: string, artifact: Artifact): string {
  const name = `chain-${fingerprintOf(artifact)}.json`;
  for (const other of readdirSync(folder)) {
    if (/^chain-.*\.json$/.test(other) && other !== name) rmSync(join(folder, other));
  }
  return join(folder, name);
}
