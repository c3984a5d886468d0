import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Receipt } from '../chain.ts';
import type { Forward, ForwardState, SignedTransaction } from './forward.ts';
import { type Look, nextStep } from './next-step.ts';

const NOW = 1_000_000;
const rules = { confirmations: 2, replaceAfter: 45_000 };

const signed = (hash: string, more: Partial<SignedTransaction> = {}): SignedTransaction => ({
  hash,
  raw: `raw ${hash}`,
  purpose: 'forward',
  fees: { max: '100', tip: '10' },
  signedAt: new Date(NOW - 1_000),
  ...more,
});
const receiptOf = (hash: string, more: Partial<Receipt> = {}): Receipt => ({
  hash,
  blockNumber: 10,
  blockHash: '0xten',
  success: true,
  ...more,
});
const forward = (more: Partial<Forward> = {}): Forward => ({
  id: 'an-event',
  roomId: 'a-room',
  roomKey: '0x',
  wallet: '0xw',
  position: '1',
  data: '{}',
  session: null,
  state: 'OPEN',
  relayer: '0xr',
  nonce: 5,
  gasLimit: '100000',
  transactions: [signed('0xa')],
  mined: null,
  reason: null,
  attempts: 1,
  lostSince: null,
  version: 2,
  traceparent: null,
  queuedAt: new Date(NOW - 2_000),
  answeredAt: new Date(NOW - 2_000),
  takenAt: new Date(NOW - 1_000),
  minedAt: null,
  ...more,
});
const look = (more: Partial<Look> = {}): Look => ({
  now: NOW,
  head: 10,
  count: 5,
  receipt: null,
  event: 'stands',
  sentAt: NOW,
  ...more,
});
const cancel = signed('0xc', { purpose: 'cancel' });
const minedBy = (hash: string, more: Partial<Forward> = {}): Forward =>
  forward({ state: 'MINED', mined: receiptOf(hash), ...more });

describe('a forward that is open', () => {
  it.each<[string, Partial<Forward>, Partial<Look>, object]>([
    ['was stored and never sent by us: is sent', {}, { sentAt: 0 }, { do: 'send' }],
    ['was sent just now: waits', {}, {}, { do: 'wait' }],
    ['was sent a while ago: is sent again, the same', {}, { sentAt: NOW - 5_000 }, { do: 'send' }],
    [
      'is in no block for too long: is replaced',
      { transactions: [signed('0xa', { signedAt: new Date(NOW - 45_000) })] },
      {},
      { do: 'replace', purpose: 'forward' },
    ],
    ['is in a block: is mined', {}, { receipt: receiptOf('0xa'), count: 6 }, { do: 'mined' }],
    [
      'loses its event: its nonce is used up',
      {},
      { event: 'orphaned' },
      { do: 'replace', purpose: 'cancel' },
    ],
    ['does not know of its event: goes on as it was', {}, { event: 'open' }, { do: 'wait' }],
    [
      'is being cancelled, and does not know of its event: goes on as it was',
      { transactions: [signed('0xa'), cancel] },
      { event: 'open' },
      { do: 'wait' },
    ],
    [
      'is being cancelled, and its event is back: is to be told again',
      { transactions: [signed('0xa'), cancel] },
      {},
      { do: 'replace', purpose: 'forward' },
    ],
    ['has its nonce used up by none of its own: this is noted', {}, { count: 6 }, { do: 'lost' }],
    [
      '… and is not taken for true at once',
      { lostSince: new Date(NOW - 29_000) },
      { count: 6 },
      { do: 'wait' },
    ],
    [
      '… and gets another when it stays so',
      { lostSince: new Date(NOW - 30_000) },
      { count: 6 },
      { do: 'end', state: 'QUEUED' },
    ],
    [
      '… and is over when its event is gone as well',
      { lostSince: new Date(NOW - 30_000) },
      { count: 6, event: 'orphaned' },
      { do: 'end', state: 'CANCELLED' },
    ],
  ])('%s', (_what, is, seen, step) => {
    expect(nextStep(forward(is), look(seen), rules)).toMatchObject(step);
  });
});

describe('a forward that is mined', () => {
  const deep = { head: 12, count: 6 };
  const transactions = [signed('0xa'), cancel];

  it.each<[string, Forward, Partial<Look>, object]>([
    [
      'waits for more blocks on top of it',
      minedBy('0xa'),
      { head: 11, receipt: receiptOf('0xa') },
      { do: 'wait' },
    ],
    [
      'is done when there are enough',
      minedBy('0xa'),
      { ...deep, receipt: receiptOf('0xa') },
      { state: 'DONE' },
    ],
    ['is open again when its block is gone', minedBy('0xa'), { ...deep, count: 5 }, { do: 'reopen' }],
    [
      'is in another block: begins to wait anew',
      minedBy('0xa'),
      { ...deep, receipt: receiptOf('0xa', { blockHash: '0xother' }) },
      { do: 'mined' },
    ],
    [
      'reverted: is told anew',
      minedBy('0xa'),
      { ...deep, receipt: receiptOf('0xa', { success: false }) },
      { state: 'QUEUED' },
    ],
    [
      'reverted for the third time: has failed',
      minedBy('0xa', { attempts: 3 }),
      { ...deep, receipt: receiptOf('0xa', { success: false }) },
      { state: 'FAILED' },
    ],
    [
      'reverted without its event: is cancelled',
      minedBy('0xa'),
      { ...deep, event: 'orphaned', receipt: receiptOf('0xa', { success: false }) },
      { state: 'CANCELLED' },
    ],
    [
      'was cancelled: is over',
      minedBy('0xc', { transactions }),
      { ...deep, event: 'orphaned', receipt: receiptOf('0xc') },
      { do: 'end', state: 'CANCELLED' },
    ],
    [
      'was cancelled and its event is back: is made anew',
      minedBy('0xc', { transactions }),
      { ...deep, receipt: receiptOf('0xc') },
      { do: 'end', state: 'CANCELLED', again: true },
    ],
    [
      'does not know whether its event stands: waits',
      minedBy('0xa'),
      { ...deep, event: 'open', receipt: receiptOf('0xa') },
      { do: 'wait' },
    ],
  ])('%s', (_what, is, seen, step) => {
    expect(nextStep(is, look(seen), rules)).toMatchObject(step);
  });
});

/**
 * A chain of one wallet, and a forward that is looked at after whatever happens to it: blocks with any of what was ever
 * sent, reorganisations, an event that goes and comes back, time that passes, and a crash after any step.
 */
describe('whatever happens', () => {
  type World = {
    forward: Forward;
    stands: boolean;
    pool: Map<string, SignedTransaction & { nonce: number }>;
    blocks: { hash: string; number: number; transaction: string | null }[];
    now: number;
    made: number;
  };
  const nonceIn = (world: World): number =>
    world.blocks.filter(({ transaction }) => transaction !== null).length;
  const told = (world: World): number =>
    world.blocks.filter(({ transaction }) => world.pool.get(transaction ?? '')?.purpose === 'forward').length;

  /** The contract's own rule: no more forwards than joins. A forward without its join reverts. */
  const mine = (world: World, pick: number): void => {
    const next = [...world.pool.values()].filter(({ nonce }) => nonce === nonceIn(world));
    const one = next[pick % (next.length + 1)];
    world.made += 1;
    world.blocks.push({
      hash: `0x${world.made}`,
      number: world.blocks.length,
      transaction: one?.hash ?? null,
    });
  };

  function sign(world: World, purpose: 'forward' | 'cancel', nonce: number): SignedTransaction {
    world.made += 1;
    return signed(`0x${world.made}`, { purpose, signedAt: new Date(world.now), raw: `${nonce}` });
  }
  const send = (world: World, transaction: SignedTransaction): void =>
    void world.pool.set(transaction.hash, { ...transaction, nonce: Number(transaction.raw) });

  /** One look, and the step that comes of it. */
  function act(world: World): void {
    const { forward: one } = world;
    if (one.state === 'QUEUED') {
      if (!world.stands) return;
      const nonce = nonceIn(world);
      const transactions = [sign(world, 'forward', nonce)];
      world.forward = { ...one, state: 'OPEN', nonce, transactions, mined: null, lostSince: null };
      return;
    }
    if (one.state !== 'OPEN' && one.state !== 'MINED') return;
    const block = world.blocks.find(({ transaction }) =>
      one.transactions.some(({ hash }) => hash === transaction),
    );
    const receipt = block
      ? {
          hash: block.transaction ?? '',
          blockHash: block.hash,
          blockNumber: block.number,
          success: true,
        }
      : null;
    const step = nextStep(
      one,
      {
        now: world.now,
        head: world.blocks.length - 1,
        count: nonceIn(world),
        receipt,
        event: world.stands ? 'stands' : 'orphaned',
        sentAt: 0,
      },
      rules,
    );
    if (step.do === 'send') send(world, step.transaction);
    else if (step.do === 'replace' && one.nonce !== null)
      world.forward = { ...one, transactions: [...one.transactions, sign(world, step.purpose, one.nonce)] };
    else if (step.do === 'mined') world.forward = { ...one, state: 'MINED', mined: step.receipt };
    else if (step.do === 'reopen') world.forward = { ...one, state: 'OPEN', mined: null };
    else if (step.do === 'lost') world.forward = { ...one, lostSince: new Date(world.now) };
    else if (step.do === 'end')
      world.forward = { ...one, state: step.again ? 'QUEUED' : (step.state as ForwardState), nonce: null };
  }

  it('an event that stands is told once, and one that does not stand never stays told by what is decided', () => {
    const event = fc.oneof(
      { weight: 6, arbitrary: fc.constant({ type: 'act' as const, value: 0 }) },
      { weight: 4, arbitrary: fc.nat(5).map((value) => ({ type: 'mine' as const, value })) },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 1, max: 2 }).map((value) => ({ type: 'reorg' as const, value })),
      },
      {
        weight: 2,
        arbitrary: fc.integer({ min: 1, max: 50 }).map((value) => ({ type: 'wait' as const, value })),
      },
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), fc.boolean(), (events, isLost) => {
        const world: World = {
          forward: forward({ state: 'QUEUED', nonce: null, transactions: [], relayer: null }),
          stands: true,
          pool: new Map(),
          blocks: [{ hash: '0x0', number: 0, transaction: null }],
          now: NOW,
          made: 0,
        };
        for (const { type, value } of events) {
          if (type === 'act') act(world);
          else if (type === 'mine') mine(world, value);
          // Not deeper than what counts as final.
          else if (type === 'reorg') world.blocks.splice(Math.max(1, world.blocks.length - value));
          else world.now += value * 1_000;
          expect(told(world)).toBeLessThanOrEqual(1);
        }
        if (isLost && world.forward.state !== 'DONE' && told(world) === 0) world.stands = false;
        for (let more = 0; more < 200; more += 1) {
          act(world);
          world.now += 10_000;
          // A miner takes what pays most: the last that was sent.
          const next = [...world.pool.values()].filter(({ nonce }) => nonce === nonceIn(world));
          mine(world, Math.max(0, next.length - 1));
        }
        if (world.stands) expect([told(world), world.forward.state]).toEqual([1, 'DONE']);
        else expect(['CANCELLED', 'QUEUED', 'DONE']).toContain(world.forward.state);
        expect(told(world)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });
});
