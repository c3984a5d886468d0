import type { Connection } from 'mongoose';
import type { Logger } from '../../telemetry/index.ts';
import type { Chain } from '../chain.ts';
import type { Mirror } from '../listener/mirror.ts';
import type { ChainMetrics } from '../metrics.ts';
import { createPool, type PoolWallet } from '../wallets/pool.ts';
import type { Signer } from '../wallets/signer.ts';
import { createCaretaker, type ForwardSettings } from './caretaker.ts';
import { createDispatcher } from './dispatcher.ts';
import type { ForwardStore } from './forward-store.ts';

/** Balances change by what is sent, and by who fills them up. Milliseconds. */
const BALANCE_EVERY = 10_000;

export type Forwarding = ReturnType<typeof createForwarding>;

/** Tells the contract what waits in the line, by the wallets of the pool (docs/forward.md). */
export function createForwarding(deps: {
  connection: Connection;
  chain: Chain;
  store: ForwardStore;
  mirror: Pick<Mirror, 'standing' | 'again'>;
  signers: readonly Signer[];
  instance: string;
  settings: Omit<ForwardSettings, 'chainId'>;
  metrics: Pick<ChainMetrics, 'taken' | 'over'>;
  logger: Logger;
  now: () => Date;
}) {
  const { connection, chain, store, mirror, signers, instance, metrics, logger, now } = deps;
  const pool = createPool({ connection, signers, instance, now });
  let inHand: ReturnType<typeof build> | null = null;
  let toLook = true;
  const weighed = new Map<string, number>();

  function build(chainId: number) {
    const shared = { chain, store, mirror, settings: { ...deps.settings, chainId }, logger, now };
    const caretaker = createCaretaker({ ...shared, onOver: metrics.over });
    const dispatcher = createDispatcher({
      ...shared,
      caretaker,
      onOver: metrics.over,
      onTaken: metrics.taken,
    });
    return { caretaker, dispatcher };
  }

  async function weigh(wallet: PoolWallet): Promise<void> {
    const { address } = wallet.signer;
    if (performance.now() - (weighed.get(address) ?? -BALANCE_EVERY) < BALANCE_EVERY) return;
    wallet.balance = await chain.balance(address);
    weighed.set(address, performance.now());
  }

  return {
    wallets: pool.wallets,

    /** There may be news of what is under way: the next round looks. */
    look(): void {
      toLook = true;
    },

    async round(): Promise<void> {
      // Which chain it is goes into every signature, and is asked of the chain itself.
      inHand ??= build(await chain.chainId());
      const { caretaker, dispatcher } = inHand;
      const ours = await pool.hold();
      if (toLook) {
        toLook = false;
        const head = await chain.block('latest');
        if (head)
          await Promise.all(
            ours.map(async (wallet) => {
              await caretaker.lookAfter(wallet, head.number);
              await weigh(wallet);
            }),
          );
      }
      await dispatcher.assign(ours);
    },

    release: (): Promise<void> => pool.release(),
  };
}
