import type { Receipt } from '../chain.ts';
import type { Forward, ForwardState, Purpose, SignedTransaction } from './forward.ts';

/** What is sent is sent again so often, in case the node forgot it. Milliseconds. */
const SEND_EVERY = 5_000;
/** A nonce that is used up by nothing of ours: the node may not have the receipt yet. Milliseconds. */
const LOST_AFTER = 30_000;
/** Times that a forward is signed anew after it reverted. */
const MAX_ATTEMPTS = 3;

/** The chain and the mirror, as they are now. Times in milliseconds. */
export type Look = Readonly<{
  now: number;
  head: number;
  /** Transactions of the wallet that are in blocks: its next nonce. */
  count: number;
  /** Of the one of the forward's transactions that is in a block. */
  receipt: Receipt | null;
  /** Whether the event counts; `open` while that is not known. */
  event: 'stands' | 'orphaned' | 'open';
  /** When this instance last sent it; 0 if it did not. */
  sentAt: number;
}>;

export type Rules = Readonly<{ confirmations: number; replaceAfter: number }>;

export type Step =
  | Readonly<{ do: 'wait' }>
  | Readonly<{ do: 'send'; transaction: SignedTransaction }>
  /** Another transaction with the same nonce that pays more. */
  | Readonly<{ do: 'replace'; purpose: Purpose; former: SignedTransaction }>
  | Readonly<{ do: 'mined'; receipt: Receipt }>
  /** Its block was reorganised away. */
  | Readonly<{ do: 'reopen' }>
  | Readonly<{ do: 'lost' }>
  | Readonly<{ do: 'end'; state: ForwardState; again?: true }>;

const WAIT: Step = { do: 'wait' };

/** THE decision on a forward that has a nonce (docs/forward.md): what to do next, from what is written and what is seen. */
export function nextStep(forward: Forward, look: Look, rules: Rules): Step {
  return forward.state === 'MINED' ? ofMined(forward, look, rules) : ofOpen(forward, look, rules);
}

function ofOpen(forward: Forward, look: Look, { replaceAfter }: Rules): Step {
  const latest = forward.transactions.at(-1);
  if (!latest || forward.nonce === null) return WAIT;
  if (look.receipt) return { do: 'mined', receipt: look.receipt };
  if (look.count > forward.nonce) {
    if (forward.lostSince === null) return { do: 'lost' };
    if (look.now - forward.lostSince.getTime() < LOST_AFTER) return WAIT;
    return { do: 'end', state: look.event === 'orphaned' ? 'CANCELLED' : 'QUEUED' };
  }
  const purpose = purposeOf(forward, look);
  const isStuck = look.now - latest.signedAt.getTime() >= replaceAfter;
  if (purpose !== latest.purpose || isStuck) return { do: 'replace', purpose, former: latest };
  return look.now - look.sentAt >= SEND_EVERY ? { do: 'send', transaction: latest } : WAIT;
}

/** What the nonce is to be used up by. While it is not known whether the event stands, by what was meant until now. */
function purposeOf({ transactions }: Forward, { event }: Look): Purpose {
  if (event === 'open') return transactions.at(-1)?.purpose ?? 'forward';
  return event === 'stands' ? 'forward' : 'cancel';
}

function ofMined(forward: Forward, look: Look, { confirmations }: Rules): Step {
  const { receipt } = look;
  if (!receipt) return { do: 'reopen' };
  const { mined } = forward;
  if (mined?.hash !== receipt.hash || mined.blockHash !== receipt.blockHash) return { do: 'mined', receipt };
  if (look.head - receipt.blockNumber < confirmations || look.event === 'open') return WAIT;
  const transaction = forward.transactions.find(({ hash }) => hash === receipt.hash);
  const stands = look.event === 'stands';
  if (transaction?.purpose === 'forward') {
    if (receipt.success) return { do: 'end', state: 'DONE' };
    if (!stands) return { do: 'end', state: 'CANCELLED' };
    return { do: 'end', state: forward.attempts < MAX_ATTEMPTS ? 'QUEUED' : 'FAILED' };
  }
  // The event is back after its forward was cancelled: what is to be told is made anew.
  return stands ? { do: 'end', state: 'CANCELLED', again: true } : { do: 'end', state: 'CANCELLED' };
}
