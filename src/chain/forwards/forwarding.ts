import type { Connection } from 'mongoose';
import type { Logger } from '../../telemetry/index.ts';
import type { Chain } from '../chain.ts';
import type { Mirror } from '../listener/mirror.ts';
import type { ChainMetrics } from '../metrics.ts';
import { createRounds } from '../rounds.ts';
import { createPool } from '../wallets/pool.ts';
import type { Signer } from '../wallets/signer.ts';
import { type Caretaker, createCaretaker, type ForwardSettings } from './caretaker.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import type { Forward } from './forward.ts';
import type { ForwardStore } from './forward-store.ts';

/** Balances change by what is sent, and by who fills them up. Milliseconds. */
const BALANCE_EVERY = 10_000;

/** Before what could not go out is tried again. Milliseconds. */
const REST = 2_000;

export type Forwarding = ReturnType<typeof openForwarding>;

/** Tells the contract what waits in the line, by the wallets of the pool (docs/forward.md). */
export function openForwarding(deps: {
  connection: Connection;
  chain: Chain;
  store: ForwardStore;
  mirror: Pick<Mirror, 'standing' | 'again'>;
  signers: readonly Signer[];
  instance: string;
  settings: Omit<ForwardSettings, 'chainId'>;
  renew: (forward: Forward) => Promise<Forward | null>;
  metrics: Pick<ChainMetrics, 'taken' | 'over'>;
  logger: Logger;
  now: () => Date;
}) {
  const { connection, chain, store, mirror, signers, instance, metrics, logger, now } = deps;
  const pool = createPool({ connection, signers, instance, now });
  let hands: Promise<Hands> | null = null;

  async function open(): Promise<Hands> {
    // Which chain it is goes into every signature, and is asked of the chain itself.
    const settings = { ...deps.settings, chainId: await chain.chainId() };
    const shared = { chain, store, mirror, settings, logger, now, onOver: metrics.over };
    const caretaker = createCaretaker(shared);
    return {
      caretaker,
      dispatcher: createDispatcher({ ...shared, caretaker, renew: deps.renew, onTaken: metrics.taken }),
    };
  }

  function handsOpen(): Promise<Hands> {
    hands ??= open().catch((error: unknown) => {
      hands = null;
      throw error;
    });
    return hands;
  }

  /** Each wallet by itself: none waits for what another does. */
  const loops = pool.wallets.map((wallet) => {
    let toLook = true;
    let restsUntil = 0;
    let weighedAt = Number.NEGATIVE_INFINITY;

    async function weigh(): Promise<void> {
      if (performance.now() - weighedAt < BALANCE_EVERY) return;
      wallet.balance = await chain.balance(wallet.signer.address);
      weighedAt = performance.now();
    }
    async function round(): Promise<void> {
      const { caretaker, dispatcher } = await handsOpen();
      if (!(await pool.hold(wallet))) return;
      if (toLook) {
        toLook = false;
        const head = await chain.block('latest');
        if (head) await caretaker.lookAfter(wallet, head.number);
        await weigh();
      }
      if (wallet.isBusy) {
        if (pool.wallets.every(({ isOurs, isBusy }) => isBusy || !isOurs))
          await dispatcher.prepare(pool.wallets.length);
        return;
      }
      if (performance.now() < restsUntil) return;
      // Whatever keeps it from going out is not to be asked for four times a second.
      restsUntil = performance.now() + REST;
      if ((await dispatcher.serve(wallet)) === 'served') restsUntil = 0;
    }
    const rounds = createRounds(round, (error) =>
      logger.warn('chain.stalled', { what: 'forwards', relayer: wallet.signer.address, error }),
    );
    return {
      rounds,
      look() {
        toLook = true;
        rounds.wake();
      },
    };
  });

  return {
    wallets: pool.wallets,

    /** There may be news of what is under way. */
    look(): void {
      for (const loop of loops) loop.look();
    },

    /** There may be something in the line. */
    wake(): void {
      for (const { rounds } of loops) rounds.wake();
    },

    /** Waits for what is being done, and lets other instances have the wallets at once. */
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(loops.map(({ rounds }) => rounds[Symbol.asyncDispose]()));
      await pool.release().catch(() => {});
    },
  };
}

type Hands = Readonly<{ caretaker: Caretaker; dispatcher: Dispatcher }>;
