import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { InterfaceAbi } from 'ethers';

/** A compiled contract, as `compile.ts` writes it. */
export interface Artifact {
  readonly abi: InterfaceAbi;
  /** What deploys it, in hex with `0x`. */
  readonly bytecode: string;
}

/** Reads a file that `compile.ts` wrote. */
export function readArtifact(file: string): Artifact {
  return JSON.parse(readFileSync(file, 'utf8')) as Artifact;
}

/** Names a contract by its code, in eight letters. */
export function fingerprintOf({ bytecode }: Artifact): string {
  return createHash('sha256').update(bytecode).digest('hex').slice(0, 8);
}
