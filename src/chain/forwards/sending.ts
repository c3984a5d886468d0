import type { TransactionLike } from 'ethers';
import type { Chain } from '../chain.ts';
import { forwardCall } from '../contract.ts';
import { NodeRefusal } from '../node.ts';
import type { Signer } from '../wallets/signer.ts';
import type { Fees } from './fees.ts';
import type { Forward, Purpose, Reason, SignedTransaction } from './forward.ts';

/** A payment of nothing to oneself. */
const CANCEL_GAS = '21000';

export type ToSign = Readonly<{
  purpose: Purpose;
  nonce: number;
  fees: Fees;
  gasLimit: string;
}>;

/** Signs what a forward's nonce is to be used up by. */
export async function signFor(
  forward: Pick<Forward, 'roomKey' | 'wallet' | 'data'>,
  signer: Signer,
  { contract, chainId }: Readonly<{ contract: string; chainId: number }>,
  { purpose, nonce, fees, gasLimit }: ToSign,
  now: Date,
): Promise<SignedTransaction> {
  const { roomKey, wallet, data } = forward;
  const isForward = purpose === 'forward';
  const transaction: TransactionLike = {
    to: isForward ? contract : signer.address,
    data: isForward ? forwardCall(roomKey, wallet, data) : '0x',
    value: 0,
    nonce,
    chainId,
    gasLimit: isForward ? gasLimit : CANCEL_GAS,
    ...(fees.tip === null
      ? { type: 0, gasPrice: fees.max }
      : { type: 2, maxFeePerGas: fees.max, maxPriorityFeePerGas: fees.tip }),
  };
  return { ...(await signer.sign(transaction)), purpose, fees, signedAt: now };
}

/** The node has it already, or a block has: what was to be is. */
const FINE =
  /already (known|imported)|already in|same hash|\bknown transaction|AlreadyKnown|nonce (is )?too low|OldNonce/i;
const NO_FUNDS = /insufficient ?funds|(not|doesn't have) enough|exceeds account balance/i;
const FEE =
  /underpriced|max ?fee|base fee|gas price|fee cap|feecap|fee ?too ?low|could not replace|ReplacementNotAllowed/i;

/**
 * Sends the signed bytes; doing so again is the same as doing so once.
 *
 * @returns why the node does not take it at present; null when it does, or did
 * @throws ServiceError CHAIN_UNAVAILABLE
 */
export async function send(chain: Pick<Chain, 'send'>, { raw }: SignedTransaction): Promise<Reason | null> {
  try {
    await chain.send(raw);
    return null;
  } catch (error) {
    if (!(error instanceof NodeRefusal)) throw error;
    return reasonOf(error);
  }
}

/** A node's no to a transaction, in our words; null when it means that all is well. */
export function reasonOf({ message }: NodeRefusal): Reason | null {
  if (NO_FUNDS.test(message)) return noFunds;
  if (FEE.test(message)) return { code: 'FEE_TOO_LOW', message: shortened(message) };
  if (FINE.test(message)) return null;
  return { code: 'REFUSED', message: shortened(message) };
}

export const noFunds: Reason = { code: 'NO_FUNDS', message: 'The wallet cannot pay for it; fill it up.' };

export const feeTooHigh: Reason = {
  code: 'FEE_TOO_HIGH',
  message: 'It would cost more than CHAIN_MAX_FEE_GWEI allows; it is sent when fees are lower.',
};

const shortened = (text: string): string => text.slice(0, 200);
