import type { BatchObservableCallback, Meter, ObservableGauge } from '@opentelemetry/api';
import { SECONDS } from '../metrics/index.ts';
import type { Forward } from './forwards/forward.ts';
import type { ForwardStore } from './forwards/forward-store.ts';
import type { Round } from './listener/follow.ts';
import type { PoolWallet } from './wallets/pool.ts';

const ETHER = 1e18;

export type ChainMetrics = Disposable &
  Readonly<{
    taken(forward: Forward): void;
    over(forward: Forward): void;
  }>;

/** What an SRE sees of the chain. Labels are wallets of the pool and states: both few. */
export function createChainMetrics(deps: {
  meter: Meter;
  wallets: () => readonly PoolWallet[];
  store: Pick<ForwardStore, 'line'>;
  /** What the listener saw last, and when; null while another instance listens. */
  lastRound: () => (Round & Readonly<{ at: number }>) | null;
  lowBalance: number;
  now: () => Date;
}): ChainMetrics {
  const { meter, wallets, store, lastRound, lowBalance, now } = deps;
  const gauge = (name: string, description: string): ObservableGauge =>
    meter.createObservableGauge(name, { description });
  const count = gauge('chain_wallets', 'Wallets of the pool that this instance works with, by what they do.');
  const balance = gauge('chain_wallet_balance_ether', 'What a wallet of the pool has for gas.');
  const low = gauge('chain_wallets_low', 'Wallets with less than CHAIN_LOW_BALANCE.');
  const queue = gauge('chain_queue_length', 'Forwards that wait for a wallet, in all instances.');
  const oldest = gauge('chain_queue_oldest_seconds', 'How long the first of them has waited.');
  const lag = gauge(
    'chain_lag_blocks',
    'Blocks of the chain that are not read yet; of the instance that reads.',
  );
  const silence = gauge('chain_read_age_seconds', 'Since the chain was last read to its end.');
  const gauges = [count, balance, low, queue, oldest, lag, silence];
  const wait = meter.createHistogram('chain_queue_wait_seconds', {
    description: 'From the line to a signed transaction.',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const whole = meter.createHistogram('chain_forward_seconds', {
    description: 'From the line to the receipt.',
    advice: { explicitBucketBoundaries: SECONDS },
  });
  const over = meter.createCounter('chain_forwards', { description: 'Forwards that came to a state.' });

  const observe: BatchObservableCallback = async (result) => {
    const ours = wallets().filter(({ isOurs }) => isOurs);
    const busy = ours.filter(({ isBusy }) => isBusy).length;
    result.observe(count, busy, { state: 'busy' });
    result.observe(count, ours.length - busy, { state: 'available' });
    for (const { signer, balance: wei } of ours)
      if (wei !== null) result.observe(balance, Number(wei) / ETHER, { wallet: signer.address });
    result.observe(low, ours.filter(isLow(lowBalance)).length);
    const round = lastRound();
    if (round) {
      result.observe(lag, round.lag);
      result.observe(silence, (performance.now() - round.at) / 1_000);
    }
    const { length, since } = await store.line();
    result.observe(queue, length);
    result.observe(oldest, since ? Math.max(0, now().getTime() - since.getTime()) / 1_000 : 0);
  };
  meter.addBatchObservableCallback(observe, gauges);

  const seconds = (from: Date, to: Date | null): number => ((to ?? now()).getTime() - from.getTime()) / 1_000;
  return {
    taken: ({ queuedAt, takenAt }) => wait.record(seconds(queuedAt, takenAt)),
    over(forward) {
      over.add(1, { state: forward.state });
      if (forward.state === 'MINED') whole.record(seconds(forward.queuedAt, forward.minedAt));
    },
    [Symbol.dispose]: () => meter.removeBatchObservableCallback(observe, gauges),
  };
}

/** @param least ether */
export const isLow =
  (least: number) =>
  ({ balance }: PoolWallet): boolean =>
    balance !== null && Number(balance) / ETHER < least;
