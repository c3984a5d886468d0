import { LRUCache } from 'lru-cache';
import { contextFromTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';
import type { Chain } from '../chain.ts';
import { forwardCall, revertReason } from '../contract.ts';
import type { Mirror } from '../listener/mirror.ts';
import { NodeRefusal } from '../node.ts';
import type { PoolWallet } from '../wallets/pool.ts';
import type { Caretaker, ForwardSettings } from './caretaker.ts';
import { currentFees, isOver } from './fees.ts';
import type { Forward, Reason } from './forward.ts';
import type { ForwardStore } from './forward-store.ts';
import { feeTooHigh, noFunds, reasonOf, signFor } from './sending.ts';

/** Of the line: the first may be in the hands of our other wallets, or have to be passed over. */
const LOOKED_AT = 40;

/** What the node refuses for another reason than the contract's is tried so often: nodes have bad moments. */
const MAX_REFUSALS = 10;
/** The contract knows of no join: while blocks are being reorganised that may be so for a moment. */
const PASSING = new Set(['NothingToForward']);

/** Milliseconds. */
const PREPARE_EVERY = 500;

type Served = 'served' | 'waits';

/** Every transaction takes as much. */
const LEAST_GAS = 21_000n;

export type Dispatcher = ReturnType<typeof createDispatcher>;

/** Gives what waits in the line to wallets that are free, first in first out: step 2 of docs/forward.md. */
export function createDispatcher(deps: {
  chain: Chain;
  store: ForwardStore;
  mirror: Pick<Mirror, 'standing'>;
  caretaker: Pick<Caretaker, 'sendNow'>;
  settings: ForwardSettings;
  /** Makes sure that what is told still holds. */
  renew: (forward: Forward) => Promise<Forward | null>;
  onOver: (forward: Forward) => void;
  onTaken: (forward: Forward) => void;
  logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  now: () => Date;
}) {
  const { chain, store, mirror, caretaker, settings, onOver, onTaken, logger, now } = deps;

  const refusals = new LRUCache<string, number>({ max: 1_000 });
  /** Those that wallets of this instance are about to take. */
  const inHand = new Set<string>();

  /** Those whose answers are being made anew, by a wallet that takes them or ahead of that. */
  const renewals = new Map<string, Promise<Forward | null>>();
  let preparedAt = Number.NEGATIVE_INFINITY;

  function renewed(forward: Forward): Promise<Forward | null> {
    const underWay = renewals.get(forward.id);
    if (underWay) return underWay;
    const renewal = deps.renew(forward).finally(() => renewals.delete(forward.id));
    renewals.set(forward.id, renewal);
    return renewal;
  }

  /** The first of the line whose event counts. */
  async function next(): Promise<Forward | null> {
    const waiting = (await store.queued(LOOKED_AT)).filter(({ id }) => !inHand.has(id));
    if (waiting.length === 0) return null;
    const standing = await mirror.standing(waiting.map(({ id }) => id));
    for (const forward of waiting)
      if (standing.get(forward.id) === 'orphaned') await endBefore(forward, 'CANCELLED', orphaned);
    return waiting.find(({ id }) => standing.get(id) === 'stands' && !inHand.has(id)) ?? null;
  }

  async function endBefore(forward: Forward, state: 'CANCELLED' | 'FAILED', reason: Reason): Promise<void> {
    if (!(await store.end(forward, state, reason))) return;
    logger.info('chain.forward.over', { eventId: forward.id, roomId: forward.roomId, state, ...reason });
    onOver({ ...forward, state, reason });
  }

  async function waits(forward: Forward, reason: Reason): Promise<'waits'> {
    if (forward.reason?.code === reason.code) return 'waits';
    logger.warn('chain.forward.waits', { eventId: forward.id, roomId: forward.roomId, ...reason });
    await store.change(forward, { reason });
    return 'waits';
  }

  /** The node, or the contract, does not take it. What may pass is tried some more times before it has failed. */
  async function refused(forward: Forward, error: NodeRefusal): Promise<Served> {
    const isRevert = error.data !== null || /revert/i.test(error.message);
    const why = isRevert && error.data !== null ? revertReason(error.data) : error.message.slice(0, 200);
    const reason: Reason = isRevert
      ? { code: 'REVERTED', message: `The contract refuses it: ${why}.` }
      : (reasonOf(error) ?? { code: 'REFUSED', message: why });
    const tries = (refusals.get(forward.id) ?? 0) + 1;
    refusals.set(forward.id, tries);
    const isFinal = isRevert && !PASSING.has(why);
    if (!isFinal && (isPatient(reason) || tries < MAX_REFUSALS)) return waits(forward, reason);
    refusals.delete(forward.id);
    await endBefore(forward, 'FAILED', reason);
    return 'served';
  }

  /** What it takes to be mined. */
  async function costOf({ roomKey, wallet, data }: Forward, from: string): Promise<bigint> {
    const call = { from, to: settings.contract, data: forwardCall(roomKey, wallet, data) };
    return ((await chain.estimateGas(call)) * 6n) / 5n;
  }

  /** The lowest nonce that neither the chain nor a forward has. */
  async function nextNonce(address: string): Promise<number> {
    const [count, underWay] = await Promise.all([chain.count(address), store.underWay(address, 1_000)]);
    const taken = new Set(underWay.map(({ nonce }) => nonce));
    let nonce = count;
    while (taken.has(nonce)) nonce += 1;
    return nonce;
  }

  async function take(first: Forward, wallet: PoolWallet): Promise<Served> {
    const { signer } = wallet;
    const [fees, balance] = await Promise.all([currentFees(chain), chain.balance(signer.address)]);
    wallet.balance = balance;
    if (isOver(fees, settings.maxFee)) return waits(first, feeTooHigh);
    if (balance < LEAST_GAS * BigInt(fees.max)) return waits(first, noFunds);
    // What was renewed ahead of us meanwhile holds as well.
    const forward = (await renewed(first)) ?? (await store.get(first.id));
    if (forward?.state !== 'QUEUED') return 'served';
    const gasLimit = await costOf(forward, signer.address).catch((error: unknown) => {
      if (error instanceof NodeRefusal) return error;
      throw error;
    });
    if (gasLimit instanceof NodeRefusal) return refused(forward, gasLimit);
    if (balance < gasLimit * BigInt(fees.max)) return waits(forward, noFunds);
    // Last: what it took until here may have been long.
    const nonce = await nextNonce(signer.address);
    const toSign = { purpose: 'forward', nonce, fees, gasLimit: `${gasLimit}` } as const;
    const signed = await signFor(forward, signer, settings, toSign, now());
    const claim = {
      relayer: signer.address,
      nonce,
      gasLimit: `${gasLimit}`,
      transactions: [signed],
      takenAt: now(),
    };
    // Another instance has it, or the wallet: the next round looks again.
    if (!(await store.claim(forward, claim))) return 'served';
    wallet.isBusy = true;
    const open: Forward = {
      ...forward,
      ...claim,
      state: 'OPEN',
      reason: null,
      attempts: forward.attempts + 1,
      version: forward.version + 1,
    };
    onTaken(open);
    logger.info('chain.forward.signed', {
      eventId: forward.id,
      roomId: forward.roomId,
      relayer: signer.address,
      nonce,
      hash: signed.hash,
    });
    await caretaker.sendNow(open);
    return 'served';
  }

  return {
    /** While all wallets are busy: has the first of the line ready for when one is free. @param count wallets */
    async prepare(count: number): Promise<void> {
      if (performance.now() - preparedAt < PREPARE_EVERY) return;
      preparedAt = performance.now();
      const waiting = await store.queued(count);
      const standing = await mirror.standing(waiting.map(({ id }) => id));
      const first = waiting.filter(({ id }) => standing.get(id) === 'stands' && !inHand.has(id));
      await Promise.all(first.map(renewed));
    },

    /** Gives a free wallet the first of the line. @returns `waits` when that cannot go out now */
    async serve(wallet: PoolWallet): Promise<Served> {
      const forward = await next();
      if (forward === null) return 'served';
      inHand.add(forward.id);
      logger.debug('chain.forward.next', { eventId: forward.id, relayer: wallet.signer.address });
      const attributes = { 'chain.relayer': wallet.signer.address, 'room.id': forward.roomId };
      const parent = contextFromTraceparent(forward.traceparent ?? undefined);
      try {
        return await inSpan('chain forward sign', attributes, () => take(forward, wallet), { parent });
      } finally {
        inHand.delete(forward.id);
      }
    },
  };
}

/** These pass when the wallet is filled up, or fees are lower: however long that takes. */
const isPatient = ({ code }: Reason): boolean => code === 'NO_FUNDS' || code === 'FEE_TOO_LOW';

const orphaned: Reason = { code: 'EVENT_ORPHANED', message: 'A reorganisation left its event out.' };
