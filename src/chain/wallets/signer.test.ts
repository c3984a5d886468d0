import { describe, expect, it } from '@jest/globals';
import { Transaction, type TransactionLike, Wallet } from 'ethers';
import { checked } from './signer.ts';

const wallet = new Wallet(`0x${'17'.repeat(32)}`);
const address = wallet.address.toLowerCase();
const other = new Wallet(`0x${'18'.repeat(32)}`);

const asked: TransactionLike = {
  type: 2,
  to: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
  data: '0xabcdef',
  value: 0,
  nonce: 7,
  chainId: 31_337,
  gasLimit: '100000',
  maxFeePerGas: '30',
  maxPriorityFeePerGas: '3',
};
const legacy: TransactionLike = {
  type: 0,
  to: asked.to ?? null,
  data: '0x',
  value: 0,
  nonce: 7,
  chainId: 31_337,
  gasLimit: '21000',
  gasPrice: '30',
};
const another = 'the signer signed another transaction than it was asked to';

describe('what a signer signed', () => {
  it.each([
    ['with base fees', asked],
    ['without base fees', legacy],
  ])('is taken when it is what was asked for, on a chain %s', async (_, transaction) => {
    const raw = await wallet.signTransaction(transaction);
    expect(checked(raw, transaction, address)).toEqual({ raw, hash: Transaction.from(raw).hash });
  });

  it('may be asked for by who is to sign it', async () => {
    const raw = await wallet.signTransaction(asked);
    expect(checked(raw, { ...asked, from: wallet.address }, address).raw).toBe(raw);
  });

  it.each<[string, TransactionLike]>([
    ['another nonce', { nonce: 8 }],
    ['another receiver', { to: other.address }],
    ['other data', { data: '0xabcdee' }],
    ['a payment', { value: 1 }],
    ['another chain', { chainId: 1 }],
    ['more gas', { gasLimit: '100001' }],
    ['a higher fee', { maxFeePerGas: '31' }],
    ['a higher tip', { maxPriorityFeePerGas: '4' }],
    ['an access list', { accessList: [{ address: other.address, storageKeys: [] }] }],
  ])('is refused with %s', async (_, change) => {
    const raw = await wallet.signTransaction({ ...asked, ...change });
    expect(() => checked(raw, asked, address)).toThrow(another);
  });

  it('is refused in another form, though it pays the same', async () => {
    const { maxFeePerGas: _, maxPriorityFeePerGas: __, ...rest } = asked;
    const raw = await wallet.signTransaction({ ...rest, type: 0, gasPrice: '30' });
    expect(() => checked(raw, asked, address)).toThrow(another);
  });

  it('is refused from another wallet, and without a signature', async () => {
    expect(() => checked(Transaction.from(asked).unsignedSerialized, asked, address)).toThrow(another);
    const raw = await other.signTransaction(asked);
    expect(() => checked(raw, asked, address)).toThrow(another);
  });

  it.each(['', '0x', '0x02', '0xc0', 'no'])('is refused when it is no transaction: %j', (raw) => {
    expect(() => checked(raw, asked, address)).toThrow();
  });
});
