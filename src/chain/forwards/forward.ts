import type { SfuSession } from '../../sfu/index.ts';
import type { Receipt } from '../chain.ts';
import type { Fees } from './fees.ts';

/** Where a forward is (docs/forward.md). */
export type ForwardState = 'QUEUED' | 'OPEN' | 'MINED' | 'DONE' | 'FAILED' | 'CANCELLED';

export const FORWARD_STATES: readonly ForwardState[] = [
  'QUEUED',
  'OPEN',
  'MINED',
  'DONE',
  'FAILED',
  'CANCELLED',
];

/** It tells the frontend, or uses the nonce up so that nothing is told. */
export type Purpose = 'forward' | 'cancel';

/** One signed transaction of those that share a forward's nonce; one of them will be mined. */
export type SignedTransaction = Readonly<{
  hash: string;
  /** The bytes that are sent. */
  raw: string;
  purpose: Purpose;
  fees: Fees;
  signedAt: Date;
}>;

/** Why a forward is where it is, for people. */
export type Reason = Readonly<{ code: ReasonCode; message: string }>;

/**
 *   REVERTED        the contract does not take it
 *   NO_FUNDS        its wallet cannot pay for it
 *   FEE_TOO_HIGH    it would cost more than CHAIN_MAX_FEE_GWEI
 *   FEE_TOO_LOW     the node wants more; it is offered more when it is replaced
 *   REFUSED         the node does not take the transaction
 *   EVENT_ORPHANED  its event does not stand
 */
export type ReasonCode =
  | 'REVERTED'
  | 'NO_FUNDS'
  | 'FEE_TOO_HIGH'
  | 'FEE_TOO_LOW'
  | 'REFUSED'
  | 'EVENT_ORPHANED';

/** What is to be told to the frontend of one event, and what became of it. */
export type Forward = Readonly<{
  /** The event's id. */
  id: string;
  roomId: string;
  roomKey: string;
  wallet: string;
  /** Sorts by the event's place in the chain: the first is served first. */
  position: string;
  /** JSON, as the frontend gets it. */
  data: string;
  /** What was opened at the SFU for it; null when nothing was, or it was closed. */
  session: SfuSession | null;
  state: ForwardState;
  /** Wallet of the pool that tells it, once there is one. In lower case. */
  relayer: string | null;
  nonce: number | null;
  gasLimit: string | null;
  /** In the order in which they were signed. */
  transactions: readonly SignedTransaction[];
  mined: Receipt | null;
  reason: Reason | null;
  /** Nonces that it has had. */
  attempts: number;
  /** Since when its nonce is used up by nothing of ours. */
  lostSince: Date | null;
  version: number;
  traceparent: string | null;
  queuedAt: Date;
  /** When the SFU was asked for what it tells: an answer that nobody takes up goes stale. */
  answeredAt: Date;
  takenAt: Date | null;
  minedAt: Date | null;
}>;
