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
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => Date;
}) {
  const { chain, store, mirror, caretaker, settings, onOver, onTaken, logger, now } = deps;

  /** Those that wallets of this instance are about to take. */
  const inHand = new Set<string>();

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

  async function waits(forward: Forward, reason: Reason): Promise<void> {
    if (forward.reason?.code === reason.code) return;
    logger.warn('chain.forward.waits', { eventId: forward.id, roomId: forward.roomId, ...reason });
    await store.change(forward, { reason });
  }

  /** What it takes to be mined. Null when it does not go out now; why is written then. */
  async function costOf(forward: Forward, from: string): Promise<bigint | null> {
    const data = forwardCall(forward.roomKey, forward.wallet, forward.data);
    try {
      return ((await chain.estimateGas({ from, to: settings.contract, data })) * 6n) / 5n;
    } catch (error) {
      if (!(error instanceof NodeRefusal)) throw error;
      const isRevert = error.data !== null || /revert/i.test(error.message);
      if (isRevert) {
        const why = error.data === null ? error.message.slice(0, 200) : revertReason(error.data);
        await endBefore(forward, 'FAILED', { code: 'REVERTED', message: `The contract refuses it: ${why}.` });
      } else
        await waits(forward, reasonOf(error) ?? { code: 'REFUSED', message: error.message.slice(0, 200) });
      return null;
    }
  }

  /** The lowest nonce that neither the chain nor a forward has. */
  async function nextNonce(address: string): Promise<number> {
    const [count, underWay] = await Promise.all([chain.count(address), store.underWay(address, 1_000)]);
    const taken = new Set(underWay.map(({ nonce }) => nonce));
    let nonce = count;
    while (taken.has(nonce)) nonce += 1;
    return nonce;
  }

  async function take(first: Forward, wallet: PoolWallet): Promise<void> {
    const { signer } = wallet;
    const [fees, balance, nonce] = await Promise.all([
      currentFees(chain),
      chain.balance(signer.address),
      nextNonce(signer.address),
    ]);
    wallet.balance = balance;
    if (isOver(fees, settings.maxFee)) return waits(first, feeTooHigh);
    if (balance < LEAST_GAS * BigInt(fees.max)) return waits(first, noFunds);
    const forward = await deps.renew(first);
    const gasLimit = forward && (await costOf(forward, signer.address));
    if (!gasLimit) return;
    if (balance < gasLimit * BigInt(fees.max)) return waits(forward, noFunds);
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
    if (!(await store.claim(forward, claim))) return;
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
  }

  return {
    /** Gives a free wallet the first of the line. */
    async serve(wallet: PoolWallet): Promise<void> {
      const forward = await next();
      if (forward === null) return;
      inHand.add(forward.id);
      const attributes = { 'chain.relayer': wallet.signer.address, 'room.id': forward.roomId };
      const parent = contextFromTraceparent(forward.traceparent ?? undefined);
      try {
        await inSpan('chain forward sign', attributes, () => take(forward, wallet), { parent });
      } finally {
        inHand.delete(forward.id);
      }
    },
  };
}

const orphaned: Reason = { code: 'EVENT_ORPHANED', message: 'A reorganisation left its event out.' };
