import type { Chain } from '../chain.ts';
import { NodeRefusal } from '../node.ts';

/** What a transaction pays for each unit of gas, in wei; decimal, as it lies in MongoDB. `tip` null: a chain without base fee. */
export type Fees = Readonly<{ max: string; tip: string | null }>;

/** Nodes take another transaction with the same nonce if it pays a tenth more (some: an eighth). Percent. */
const MORE = 25n;
/** A base fee rises by an eighth a block at most: this is room for half a dozen full ones. */
const ROOM = 2n;

const raised = (wei: string): bigint => (BigInt(wei) * (100n + MORE)) / 100n + 1n;
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function noTip(error: unknown): bigint {
  if (error instanceof NodeRefusal) return 0n;
  throw error;
}

/** What to pay at present. */
export async function currentFees(chain: Pick<Chain, 'block' | 'tip' | 'gasPrice'>): Promise<Fees> {
  // A chain without base fees may not know what a tip is.
  const [head, tip] = await Promise.all([chain.block('latest'), chain.tip().catch(noTip)]);
  const baseFee = head?.baseFee ?? null;
  if (baseFee === null) return { max: `${await chain.gasPrice()}`, tip: null };
  return { max: `${baseFee * ROOM + tip}`, tip: `${tip}` };
}

/** What to pay so that it takes the place of one that pays `former`. */
export function feesOver(former: Fees, current: Fees): Fees {
  const max = larger(raised(former.max), BigInt(current.max));
  if (former.tip === null || current.tip === null) return { max: `${max}`, tip: null };
  return { max: `${max}`, tip: `${larger(raised(former.tip), BigInt(current.tip))}` };
}

/** @param most wei for each unit of gas */
export const isOver = ({ max }: Fees, most: bigint): boolean => BigInt(max) > most;
