import { type Connection, Schema } from 'mongoose';
import { fromStore, isDuplicateKey } from '../../mongo.ts';
import type { Signer } from './signer.ts';

type WalletDocument = { _id: string; owner: string; leaseUntil: Date };

const schema = new Schema<WalletDocument>(
  {
    _id: { type: String, required: true },
    owner: { type: String, required: true },
    leaseUntil: { type: Date, required: true },
  },
  { versionKey: false, strict: 'throw' },
);

/** Renewed when less than half of it is left; a lease that lapses lets another instance work with the wallet. Milliseconds. */
const LEASE = 5_000;
/** Before one that another instance has is asked for again. Milliseconds. */
const ASK_AGAIN = 1_000;

/** One wallet of the pool, and what is known of it. */
export type PoolWallet = {
  readonly signer: Signer;
  /** Whether this instance works with it at present. */
  isOurs: boolean;
  isBusy: boolean;
  /** Wei, when it was last looked at; null before. */
  balance: bigint | null;
};

/**
 * The wallets of the pool, and which of them this instance works with: one instance at a time, to save work. That no two
 * use one at once is held by the forwards' indexes, lease or not.
 */
export function createPool(deps: {
  connection: Connection;
  signers: readonly Signer[];
  instance: string;
  now: () => Date;
}) {
  const { instance, now } = deps;
  const model = deps.connection.model<WalletDocument>('ChainWallet', schema, 'chain_wallets');
  const held = new Map<string, number>();
  const refusedAt = new Map<string, number>();
  const wallets: PoolWallet[] = deps.signers.map((signer) => ({
    signer,
    isOurs: false,
    isBusy: false,
    balance: null,
  }));

  async function hold(address: string): Promise<boolean> {
    const time = now().getTime();
    if ((held.get(address) ?? 0) - time > LEASE / 2) return true;
    if (time - (refusedAt.get(address) ?? 0) < ASK_AGAIN) return false;
    const written = model.updateOne(
      { _id: address, $or: [{ owner: instance }, { leaseUntil: { $lt: now() } }] },
      { $set: { owner: instance, leaseUntil: new Date(time + LEASE) } },
      { upsert: true },
    );
    try {
      await fromStore(written.exec());
    } catch (error) {
      // There is one, of another instance: what the filter did not find cannot be made.
      if (!isDuplicateKey(error)) throw error;
      held.delete(address);
      refusedAt.set(address, time);
      return false;
    }
    held.set(address, time + LEASE);
    return true;
  }

  return {
    wallets: wallets as readonly PoolWallet[],

    /** Takes or keeps the lease of one. @returns whether it is ours now */
    async hold(wallet: PoolWallet): Promise<boolean> {
      wallet.isOurs = await hold(wallet.signer.address);
      return wallet.isOurs;
    },

    async release(): Promise<void> {
      await fromStore(model.updateMany({ owner: instance }, { $set: { leaseUntil: new Date(0) } }));
    },
  };
}
