import { describe, expect, it } from '@jest/globals';
import { Transaction, Wallet } from 'ethers';
import { ServiceError } from '../../errors.ts';
import { forwardCall } from '../contract.ts';
import { NodeRefusal } from '../node.ts';
import { checked, type Signer } from '../wallets/signer.ts';
import type { SignedTransaction } from './forward.ts';
import { reasonOf, send, signFor, type ToSign } from './sending.ts';

const refusal = (message: string) => new NodeRefusal(message, null);

describe('a node’s no', () => {
  it.each([
    ['geth', 'already known'],
    ['geth', 'nonce too low: next nonce 8, tx nonce 7'],
    ['geth, of old', 'known transaction: 5fbdb2315678afecb367f032d93f642f64180aa3'],
    ['anvil', 'transaction already imported'],
    ['anvil', 'nonce too low'],
    ['nethermind', 'already known'],
    ['nethermind, of old', 'AlreadyKnown'],
    ['erigon', 'INTERNAL_ERROR: nonce too low'],
    ['openethereum', 'Transaction with the same hash was already imported.'],
    ['openethereum', 'Transaction nonce is too low. Try incrementing the nonce.'],
  ])('by which it has the transaction already is none (%s: %s)', (_, message) => {
    expect(reasonOf(refusal(message))).toBeNull();
  });

  it.each([
    ['geth', 'insufficient funds for gas * price + value: address 0x1 have 0 want 21000'],
    ['geth', 'insufficient funds for transfer'],
    ['anvil', 'Insufficient funds for gas * price + value'],
    ['nethermind', 'insufficient funds for gas * price + value'],
    ['erigon', 'INTERNAL_ERROR: insufficient funds'],
  ])('by which the wallet cannot pay is NO_FUNDS (%s: %s)', (_, message) => {
    expect(reasonOf(refusal(message))).toMatchObject({ code: 'NO_FUNDS' });
  });

  it.each([
    ['geth', 'replacement transaction underpriced'],
    ['geth', 'transaction underpriced: gas tip cap 0, minimum needed 1'],
    ['geth', 'max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1, baseFee: 7'],
    ['anvil', 'max fee per gas less than block base fee'],
    ['anvil', 'replacement transaction underpriced'],
    ['nethermind', 'transaction underpriced, MaxFeePerGas too low'],
    ['erigon', 'INTERNAL_ERROR: underpriced'],
    ['erigon', 'INTERNAL_ERROR: fee too low'],
    ['openethereum', 'Transaction gas price supplied is too low.'],
  ])('by which it wants more is FEE_TOO_LOW, in its words (%s: %s)', (_, message) => {
    expect(reasonOf(refusal(message))).toEqual({ code: 'FEE_TOO_LOW', message });
  });

  it.each([
    ['geth', 'intrinsic gas too low: gas 20000, minimum needed 21000'],
    ['geth', 'exceeds block gas limit'],
    ['geth', 'invalid sender'],
    ['geth', 'txpool is full'],
    ['geth', 'future transaction tries to replace pending'],
    ['geth', 'nonce too high: address 0x1, tx: 9 state: 7'],
    ['geth', 'only replay-protected (EIP-155) transactions allowed over RPC'],
    ['geth', 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)'],
    ['anvil', 'Nonce too high'],
    ['anvil', 'invalid chain id for signer'],
    ['nethermind', 'gas limit reached'],
    ['erigon', 'pending sub-pool is full'],
  ])('by anything else is REFUSED, in its words (%s: %s)', (_, message) => {
    expect(reasonOf(refusal(message))).toEqual({ code: 'REFUSED', message });
  });

  it('is kept short, however long a node speaks', () => {
    for (const word of ['underpriced ', 'of no use '])
      expect(reasonOf(refusal(word.repeat(99)))?.message).toHaveLength(200);
  });
});

describe('what is sent', () => {
  const signed: SignedTransaction = {
    hash: '0xhash',
    raw: '0xraw',
    purpose: 'forward',
    fees: { max: '100', tip: '1' },
    signedAt: new Date(0),
  };
  const fails = (error: unknown) => ({ send: () => Promise.reject(error) });

  it('are the signed bytes, and nothing else', async () => {
    const sent: string[] = [];
    const chain = {
      send: async (raw: string) => {
        sent.push(raw);
        return '0xhash';
      },
    };
    expect(await send(chain, signed)).toBeNull();
    expect(sent).toEqual(['0xraw']);
  });

  it('is as good as taken when the node has it already', async () => {
    expect(await send(fails(refusal('already known')), signed)).toBeNull();
  });

  it('and refused comes back with the reason', async () => {
    expect(await send(fails(refusal('insufficient funds')), signed)).toMatchObject({ code: 'NO_FUNDS' });
  });

  it.each([
    ['the chain does not answer', new ServiceError('CHAIN_UNAVAILABLE', 'nonce too low, said nobody.')],
    ['something of ours fails', new TypeError('already known')],
  ])('fails when %s: nobody refused it', async (_, error) => {
    await expect(send(fails(error), signed)).rejects.toBe(error);
  });
});

describe('what is signed for a forward', () => {
  const key = new Wallet(`0x${'17'.repeat(32)}`);
  const address = key.address.toLowerCase();
  const signer: Signer = {
    address,
    sign: async (transaction) => checked(await key.signTransaction(transaction), transaction, address),
  };
  const chain = { contract: '0x5fbdb2315678afecb367f032d93f642f64180aa3', chainId: 31_337 };
  const forward = {
    roomKey: `0x${'ab'.repeat(32)}`,
    wallet: '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
    data: '{"type":"error"}',
  };
  const now = new Date(1_000);
  const toSign = (more: Partial<ToSign> = {}): ToSign => ({
    purpose: 'forward',
    nonce: 7,
    fees: { max: '3000000001', tip: '1000000001' },
    gasLimit: '123456',
    ...more,
  });
  const sign = (more?: Partial<ToSign>) => signFor(forward, signer, chain, toSign(more), now);

  it('is the call that tells it, with the nonce and the fees that were asked for', async () => {
    const signed = await sign();
    const {
      from,
      to,
      data,
      value,
      nonce,
      chainId,
      gasLimit,
      type,
      maxFeePerGas,
      maxPriorityFeePerGas,
      hash,
    } = Transaction.from(signed.raw);
    expect({
      from: from?.toLowerCase(),
      to: to?.toLowerCase(),
      data,
      value,
      nonce,
      chainId,
      gasLimit,
    }).toEqual({
      from: address,
      to: chain.contract,
      data: forwardCall(forward.roomKey, forward.wallet, forward.data),
      value: 0n,
      nonce: 7,
      chainId: 31_337n,
      gasLimit: 123_456n,
    });
    expect({ type, maxFeePerGas, maxPriorityFeePerGas }).toEqual({
      type: 2,
      maxFeePerGas: 3_000_000_001n,
      maxPriorityFeePerGas: 1_000_000_001n,
    });
    const { purpose, fees } = toSign();
    expect(signed).toEqual({ raw: signed.raw, hash, purpose, fees, signedAt: now });
  });

  it('and cancels it is a payment of nothing to oneself, for the gas of just that', async () => {
    const signed = await sign({ purpose: 'cancel' });
    expect(Transaction.from(signed.raw)).toMatchObject({
      from: key.address,
      to: key.address,
      data: '0x',
      value: 0n,
      nonce: 7,
      gasLimit: 21_000n,
      maxFeePerGas: 3_000_000_001n,
    });
    expect(signed.purpose).toBe('cancel');
  });

  it.each(['forward', 'cancel'] as const)(
    'has one price on a chain without base fees (%s)',
    async (purpose) => {
      const signed = await sign({ purpose, fees: { max: '3000000001', tip: null } });
      expect(Transaction.from(signed.raw)).toMatchObject({
        type: 0,
        gasPrice: 3_000_000_001n,
        chainId: 31_337n,
        maxFeePerGas: null,
      });
    },
  );

  it('fails when the signer does', async () => {
    const away: Signer = { address, sign: () => Promise.reject(new Error('the signer is away')) };
    await expect(signFor(forward, away, chain, toSign(), now)).rejects.toThrow('the signer is away');
  });
});

describe('wordings that only sound like another', () => {
  it.each([
    ['Unknown transaction type not supported', 'REFUSED'],
    ['unknown account', 'REFUSED'],
    ['address already reserved', 'REFUSED'],
    ['could not replace existing tx', 'FEE_TOO_LOW'],
    ['InsufficientFunds, Account balance: 0', 'NO_FUNDS'],
  ])('%s is %s', (message, code) => {
    expect(reasonOf(new NodeRefusal(message, null))?.code).toBe(code);
  });

  it.each(['existing tx with same hash', 'OldNonce, Current nonce: 5'])(
    '%s means that all is well',
    (message) => {
      expect(reasonOf(new NodeRefusal(message, null))).toBeNull();
    },
  );
});
