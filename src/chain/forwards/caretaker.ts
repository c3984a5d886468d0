import { LRUCache } from 'lru-cache';
import { contextFromTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';
import type { Chain, Receipt } from '../chain.ts';
import type { Mirror } from '../listener/mirror.ts';
import type { PoolWallet } from '../wallets/pool.ts';
import { currentFees, feesOver, isOver } from './fees.ts';
import type { Forward, ForwardState, Reason } from './forward.ts';
import type { ForwardStore } from './forward-store.ts';
import { type Look, nextStep, type Rules, type Step } from './next-step.ts';
import { feeTooHigh, send, signFor } from './sending.ts';

/** More than a wallet has under way at once, except after a deep reorganisation. */
const LOOKED_AT = 50;
/** Nonces that the chain lost are filled after this: a node that lags has not lost them. Milliseconds. */
const GAP_AFTER = 10_000;

export type ForwardSettings = Rules &
  Readonly<{
    contract: string;
    chainId: number;
    /** Wei for each unit of gas; what costs more waits. */
    maxFee: bigint;
  }>;

export type Caretaker = ReturnType<typeof createCaretaker>;

/** Looks after the forwards that have a nonce, until they are over: steps 3 to 5 of docs/forward.md. */
export function createCaretaker(deps: {
  chain: Chain;
  store: ForwardStore;
  mirror: Pick<Mirror, 'standing' | 'again'>;
  settings: ForwardSettings;
  /** Told of forwards whose participant waits no longer. */
  onOver: (forward: Forward) => void;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  now: () => Date;
}) {
  const { chain, store, mirror, settings, onOver, logger, now } = deps;
  /** When this instance last sent each that is open. */
  const sent = new LRUCache<string, number>({ max: 1_000 });

  const about = ({ id, roomId, relayer, nonce }: Forward) => ({ eventId: id, roomId, relayer, nonce });

  async function receiptOf({ transactions }: Forward): Promise<Receipt | null> {
    const receipts = await Promise.all(transactions.map(({ hash }) => chain.receipt(hash)));
    return receipts.find((receipt) => receipt !== null) ?? null;
  }

  async function sendNow(forward: Forward, transaction = forward.transactions.at(-1)): Promise<void> {
    if (!transaction) return;
    const reason = await send(chain, transaction);
    sent.set(forward.id, now().getTime());
    await note(forward, reason);
  }

  async function note(forward: Forward, reason: Reason | null): Promise<void> {
    if (forward.reason?.code === reason?.code) return;
    if (reason) logger.warn('chain.forward.waits', { ...about(forward), ...reason });
    await store.change(forward, { reason });
  }

  async function replace(
    forward: Forward,
    { signer }: PoolWallet,
    step: Extract<Step, { do: 'replace' }>,
  ): Promise<void> {
    const fees = feesOver(step.former.fees, await currentFees(chain));
    if (isOver(fees, settings.maxFee)) {
      await note(forward, feeTooHigh);
      return sendNow({ ...forward, reason: feeTooHigh }, step.former);
    }
    const { nonce, gasLimit } = forward;
    if (nonce === null || gasLimit === null) return;
    const toSign = { purpose: step.purpose, nonce, fees, gasLimit };
    const signed = await signFor(forward, signer, settings, toSign, now());
    const transactions = [...forward.transactions, signed];
    if (!(await store.change(forward, { transactions }))) return;
    logger.info('chain.forward.replaced', { ...about(forward), purpose: step.purpose, hash: signed.hash });
    await sendNow({ ...forward, transactions, version: forward.version + 1 });
  }

  async function mined(forward: Forward, receipt: Receipt): Promise<void> {
    if (!(await store.mined(forward, receipt))) return;
    sent.delete(forward.id);
    const { hash, blockNumber, success } = receipt;
    logger.info('chain.forward.mined', { ...about(forward), hash, blockNumber, success });
    onOver({ ...forward, state: 'MINED', mined: receipt, minedAt: now() });
  }

  async function end(forward: Forward, step: Extract<Step, { do: 'end' }>): Promise<void> {
    const { state } = step;
    // Before it is over: whoever finds it over must find this as well.
    if (step.again) await mirror.again(forward.id);
    const reason: Reason | null =
      state === 'FAILED' ? { code: 'REVERTED', message: 'The contract refused it three times.' } : null;
    if (!(await store.end(forward, state, reason))) return;
    sent.delete(forward.id);
    logger.info('chain.forward.over', { ...about(forward), state });
    onOver({ ...forward, state });
  }

  async function perform(forward: Forward, wallet: PoolWallet, step: Step): Promise<void> {
    if (step.do === 'send') await sendNow(forward, step.transaction);
    else if (step.do === 'replace') await replace(forward, wallet, step);
    else if (step.do === 'mined') await mined(forward, step.receipt);
    else if (step.do === 'reopen') {
      logger.warn('chain.forward.reorganised', about(forward));
      await store.reopen(forward);
    } else if (step.do === 'lost') await store.change(forward, { lostSince: now() });
    else if (step.do === 'end') await end(forward, step);
  }

  /** A reorganisation so deep that nonces of forwards that were over are free again: nothing behind them is mined. */
  async function fillGap(forwards: readonly Forward[], count: number, { signer }: PoolWallet): Promise<void> {
    const taken = new Set(forwards.map(({ nonce }) => nonce));
    const [first] = forwards.toSorted((a, b) => (a.nonce ?? 0) - (b.nonce ?? 0));
    if (!first || first.nonce === null || first.takenAt === null || first.nonce <= count) return;
    if (now().getTime() - first.takenAt.getTime() < GAP_AFTER) return;
    logger.warn('chain.gap', { relayer: signer.address, from: count, to: first.nonce - 1 });
    const fees = await currentFees(chain);
    for (let nonce = count; nonce < first.nonce; nonce += 1) {
      if (taken.has(nonce)) continue;
      const toSign = { purpose: 'cancel', nonce, fees, gasLimit: '21000' } as const;
      await send(chain, await signFor(first, signer, settings, toSign, now()));
    }
  }

  /** Does what is next for one. @returns the state that it is left in */
  async function look(
    forward: Forward,
    wallet: PoolWallet,
    seen: Pick<Look, 'head' | 'count'> & Readonly<{ event: Look['event'] | undefined }>,
  ): Promise<ForwardState> {
    const step = nextStep(
      forward,
      {
        ...seen,
        now: now().getTime(),
        receipt: await receiptOf(forward),
        event: seen.event ?? 'open',
        sentAt: sent.get(forward.id) ?? 0,
      },
      settings,
    );
    if (step.do === 'wait') return forward.state;
    const attributes = {
      'chain.relayer': wallet.signer.address,
      'room.id': forward.roomId,
      'chain.step': step.do,
    };
    const parent = contextFromTraceparent(forward.traceparent ?? undefined);
    await inSpan(`chain forward ${step.do}`, attributes, () => perform(forward, wallet, step), { parent });
    if (step.do === 'mined') return 'MINED';
    if (step.do === 'reopen') return 'OPEN';
    return step.do === 'end' ? step.state : forward.state;
  }

  return {
    /**
     * Looks at all that a wallet has under way, and does what is next.
     *
     * @param head the number of the chain's newest block
     */
    async lookAfter(wallet: PoolWallet, head: number): Promise<void> {
      const { address } = wallet.signer;
      const forwards = await store.underWay(address, LOOKED_AT);
      wallet.isBusy = forwards.some(({ state }) => state === 'OPEN');
      if (forwards.length === 0) return;
      const [count, standing] = await Promise.all([
        chain.count(address),
        mirror.standing(forwards.map(({ id }) => id)),
      ]);
      await fillGap(forwards, count, wallet);
      const states = await Promise.all(
        forwards.map((forward) => look(forward, wallet, { head, count, event: standing.get(forward.id) })),
      );
      wallet.isBusy = states.includes('OPEN');
    },

    sendNow,
  };
}
