import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Transaction, type TransactionLike, Wallet } from 'ethers';
import { openExternalSigner } from './external-signer.ts';
import type { Signer } from './signer.ts';

const wallet = new Wallet(`0x${'17'.repeat(32)}`);
const transaction: TransactionLike = {
  type: 2,
  to: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
  data: '0xabcdef',
  value: 0,
  nonce: 0,
  chainId: 31_337,
  gasLimit: '100000',
  maxFeePerGas: '30',
  maxPriorityFeePerGas: '0',
};

type Call = Readonly<Record<string, string>>;

/** As a signer reads what it is asked by JSON-RPC. */
const meantBy = ({ from: _, gas, nonce, chainId, ...rest }: Call): TransactionLike => ({
  ...rest,
  type: rest['gasPrice'] === undefined ? 2 : 0,
  gasLimit: gas ?? null,
  nonce: Number(nonce),
  chainId: Number(chainId),
});
const signs = async (call: Call): Promise<unknown> => ({
  result: await wallet.signTransaction(meantBy(call)),
});

let asked: { method: string; params: unknown[] }[];
let accounts: () => unknown;
/** What it says to what it is to sign. */
let answers: (call: Call, response: ServerResponse) => Promise<unknown>;
let url: string;
let close: () => Promise<void>;

beforeEach(async () => {
  asked = [];
  accounts = () => ({ result: [wallet.address] });
  answers = signs;
  const server = createServer(async (request, response) => {
    const question = JSON.parse(await text(request)) as { method: string; params: [Call] };
    asked.push(question);
    const answer =
      question.method === 'eth_accounts' ? accounts() : await answers(question.params[0], response);
    if (answer === null) return;
    response.end(
      typeof answer === 'string' ? answer : JSON.stringify({ jsonrpc: '2.0', id: 1, ...(answer as object) }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
});
afterEach(async () => {
  jest.restoreAllMocks();
  await close();
});

async function open(): Promise<Signer> {
  const [signer] = await openExternalSigner(url);
  if (!signer) throw new Error('there is no wallet');
  return signer;
}

describe('a signer elsewhere', () => {
  it('has a wallet for each of its accounts, by the address in lower case', async () => {
    const other = Wallet.createRandom().address;
    accounts = () => ({ result: [wallet.address, other] });
    const signers = await openExternalSigner(url);
    expect(signers.map(({ address }) => address)).toEqual([
      wallet.address.toLowerCase(),
      other.toLowerCase(),
    ]);
  });

  it('is asked by quantities in hex, and signs what it was asked to', async () => {
    const signer = await open();
    const { raw, hash } = await signer.sign(transaction);
    expect(Transaction.from(raw)).toMatchObject({ from: wallet.address, nonce: 0, data: '0xabcdef', hash });
    expect(asked.at(-1)).toMatchObject({
      method: 'eth_signTransaction',
      params: [
        {
          from: wallet.address.toLowerCase(),
          to: transaction.to,
          data: '0xabcdef',
          value: '0x0',
          nonce: '0x0',
          gas: '0x186a0',
          chainId: '0x7a69',
          maxFeePerGas: '0x1e',
          maxPriorityFeePerGas: '0x0',
        },
      ],
    });
  });

  it('signs for a chain without base fees by one price, and is told no other', async () => {
    const signer = await open();
    const legacy = {
      ...transaction,
      type: 0,
      gasPrice: '30',
      maxFeePerGas: null,
      maxPriorityFeePerGas: null,
    };
    const { raw } = await signer.sign(legacy);
    expect(Transaction.from(raw)).toMatchObject({ type: 0, gasPrice: 30n });
    expect(Object.keys(asked.at(-1)?.params[0] as object)).not.toContain('maxFeePerGas');
  });

  it('may answer with the transaction beside its bytes, as nodes do', async () => {
    const signer = await open();
    answers = async (call) => ({ result: { raw: await wallet.signTransaction(meantBy(call)), tx: {} } });
    expect(Transaction.from((await signer.sign(transaction)).raw).from).toBe(wallet.address);
  });

  it.each<[string, (call: Call) => Call]>([
    ['another nonce', (call) => ({ ...call, nonce: '0x1' })],
    ['a payment', (call) => ({ ...call, value: '0x1' })],
    ['another receiver', (call) => ({ ...call, to: wallet.address })],
  ])('that signs %s instead is not taken at its word', async (_, change) => {
    const signer = await open();
    answers = (call) => signs(change(call));
    await expect(signer.sign(transaction)).rejects.toThrow('another transaction');
  });

  it('that refuses is refused by in its own words', async () => {
    const signer = await open();
    answers = async () => ({ error: { code: -32_000, message: 'authentication needed' } });
    await expect(signer.sign(transaction)).rejects.toThrow('the signer refused: authentication needed');
    answers = async () => ({ error: {} });
    await expect(signer.sign(transaction)).rejects.toThrow('the signer refused: no reason');
  });

  it.each([
    ['no JSON', async () => '<html>Bad gateway</html>'],
    ['nothing', async () => ''],
    ['null', async () => ({ result: null })],
    ['no bytes', async () => ({ result: { raw: 'soon' } })],
  ])('that answers %s has not signed', async (_, answer) => {
    const signer = await open();
    answers = answer;
    await expect(signer.sign(transaction)).rejects.toThrow();
  });

  it('that sends us elsewhere is not followed: what is to be signed goes nowhere else', async () => {
    const signer = await open();
    answers = async (_, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end();
      return null;
    };
    await expect(signer.sign(transaction)).rejects.toThrow();
    expect(asked.filter(({ method }) => method === 'eth_signTransaction')).toHaveLength(1);
  });

  it('that does not answer is waited for five seconds, and no longer', async () => {
    const signer = await open();
    const { timeout } = AbortSignal;
    const deadline = jest
      .spyOn(AbortSignal, 'timeout')
      .mockImplementation((ms) => timeout.call(AbortSignal, ms / 50));
    answers = async () => null;
    await expect(signer.sign(transaction)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(deadline).toHaveBeenCalledWith(5_000);
  });

  it('that begins to answer and does not end is waited for no longer either', async () => {
    const signer = await open();
    const { timeout } = AbortSignal;
    jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout.call(AbortSignal, ms / 50));
    answers = async (_, response) => {
      response.write('{"result":');
      return null;
    };
    await expect(signer.sign(transaction)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('that is not there, or has no accounts to tell, cannot be opened', async () => {
    accounts = () => ({ error: { message: 'the method is not available' } });
    await expect(openExternalSigner(url)).rejects.toThrow('the method is not available');
    await expect(openExternalSigner('http://127.0.0.1:1')).rejects.toThrow();
  });
});
