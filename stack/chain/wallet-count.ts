import { StackError } from '../stack-error.ts';

const mostWallets = 16;

/** Reads `STACK_CHAIN_WALLETS`: 2 when unset. @throws StackError that names the variable and the range. */
export function walletCount(text: string | undefined): number {
  const count = Number(text || 2);
  if (Number.isInteger(count) && count >= 1 && count <= mostWallets) return count;
  throw new StackError(`STACK_CHAIN_WALLETS must be a whole number from 1 to ${mostWallets}, not "${text}"`);
}
