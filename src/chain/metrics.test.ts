import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createMetrics, type Metrics } from '../metrics/index.ts';
import type { Forward } from './forwards/forward.ts';
import { type ChainMetrics, createChainMetrics, isLow } from './metrics.ts';
import type { PoolWallet } from './wallets/pool.ts';

const ETHER = 10n ** 18n;
const now = new Date('2026-11-26T12:00:00Z');
const walletOf = (address: string, more: Partial<PoolWallet> = {}): PoolWallet => ({
  signer: { address, sign: () => Promise.reject(new Error('nobody signs here')) },
  isOurs: true,
  isBusy: false,
  balance: 2n * ETHER,
  ...more,
});
const wallets = [
  walletOf('0xa'),
  walletOf('0xb', { isBusy: true, balance: ETHER / 100n }),
  walletOf('0xc', { balance: null }),
  walletOf('0xd', { isOurs: false }),
];

let metrics: Metrics;
let chain: ChainMetrics;
let round: { head: number; lag: number; at: number } | null;
beforeEach(() => {
  round = { head: 10, lag: 3, at: performance.now() };
  metrics = createMetrics({ instance: 'test', version: '1', onError: () => {} });
  chain = createChainMetrics({
    meter: metrics.meter,
    wallets: () => wallets,
    store: { line: async () => ({ length: 7, since: new Date(now.getTime() - 12_000) }) },
    lastRound: () => round,
    lowBalance: 0.1,
    now: () => now,
  });
});
afterEach(async () => {
  await metrics[Symbol.asyncDispose]();
});

const valueAt = async (name: string): Promise<number | undefined> => {
  const line = (await metrics.text()).split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
};

it('says how many wallets are available and busy, what each has, and how many are low', async () => {
  expect(await valueAt('chain_wallets{state="available"}')).toBe(2);
  expect(await valueAt('chain_wallets{state="busy"}')).toBe(1);
  expect(await valueAt('chain_wallet_balance_ether{wallet="0xb"}')).toBe(0.01);
  expect(await valueAt('chain_wallet_balance_ether{wallet="0xd"}')).toBeUndefined();
  expect(await valueAt('chain_wallets_low')).toBe(1);
});

it('says how long the line is, and how far behind the reading', async () => {
  expect(await valueAt('chain_queue_length')).toBe(7);
  expect(await valueAt('chain_queue_oldest_seconds')).toBe(12);
  expect(await valueAt('chain_lag_blocks')).toBe(3);
  round = null;
  expect(await valueAt('chain_lag_blocks')).toBeUndefined();
});

it('counts forwards by what became of them, and measures their waits', async () => {
  const forward = {
    state: 'MINED',
    queuedAt: new Date(now.getTime() - 4_000),
    takenAt: new Date(now.getTime() - 3_000),
    minedAt: now,
  } as Forward;
  chain.taken(forward);
  chain.over(forward);
  expect(await valueAt('chain_forwards_total{state="MINED"}')).toBe(1);
  expect(await valueAt('chain_queue_wait_seconds_sum')).toBe(1);
  expect(await valueAt('chain_forward_seconds_sum')).toBe(4);
});

it('says nothing any more once it is over', async () => {
  chain[Symbol.dispose]();
  expect(await metrics.text()).not.toContain('chain_wallets');
});

it('a wallet that nobody has looked at is not low', () => {
  expect(
    [0n, ETHER / 11n, ETHER / 9n, null].map((balance) => isLow(0.1)(walletOf('0xa', { balance }))),
  ).toEqual([true, true, false, false]);
});
