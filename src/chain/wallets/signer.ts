import { Transaction, type TransactionLike } from 'ethers';

/** A transaction that can be sent. */
export type Signed = Readonly<{ raw: string; hash: string }>;

/** One wallet of the pool: whoever holds its key signs with it, here or elsewhere. Nothing else leaves them. */
export interface Signer {
  /** In lower case. */
  readonly address: string;
  /** @throws when it does not sign within its deadline, or signs something else */
  sign(transaction: TransactionLike): Promise<Signed>;
}

/** What was signed is what was to be: a signer elsewhere is not taken at its word. @throws Error */
export function checked(raw: string, asked: TransactionLike, address: string): Signed {
  const signed = Transaction.from(raw);
  const wanted = Transaction.from({ ...asked, from: null });
  if (signed.from?.toLowerCase() !== address || signed.unsignedHash !== wanted.unsignedHash || !signed.hash)
    throw new Error('the signer signed another transaction than it was asked to');
  return { raw, hash: signed.hash };
}
