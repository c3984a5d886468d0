import type { RawLog } from './contract.ts';
import type { ChainNode } from './node.ts';

/** A block, as much of it as matters here. */
export type Block = Readonly<{ number: number; hash: string; baseFee: bigint | null }>;

/** What became of a transaction that is in a block. */
export type Receipt = Readonly<{ hash: string; blockNumber: number; blockHash: string; success: boolean }>;

export type Chain = ReturnType<typeof createChain>;

export const hex = (value: number | bigint): string => `0x${value.toString(16)}`;

type RawBlock = { number: string; hash: string; baseFeePerGas?: string };
type RawReceipt = { transactionHash: string; blockNumber: string; blockHash: string; status: string };

/** What is asked of the chain, in our types. Each throws as `ChainNode.ask` does. */
export function createChain(node: Pick<ChainNode, 'ask'>) {
  const { ask } = node;
  return {
    async block(which: number | 'latest'): Promise<Block | null> {
      const at = which === 'latest' ? which : hex(which);
      const found = await ask<RawBlock | null>('eth_getBlockByNumber', [at, false]);
      if (!found) return null;
      const baseFee = found.baseFeePerGas === undefined ? null : BigInt(found.baseFeePerGas);
      return { number: Number(found.number), hash: found.hash, baseFee };
    },

    logs: (
      address: string,
      topics: readonly string[],
      from: number,
      to: number,
    ): Promise<readonly RawLog[]> =>
      ask('eth_getLogs', [{ address, topics: [topics], fromBlock: hex(from), toBlock: hex(to) }]),

    async receipt(hash: string): Promise<Receipt | null> {
      const found = await ask<RawReceipt | null>('eth_getTransactionReceipt', [hash]);
      if (!found?.blockHash) return null;
      return {
        hash,
        blockNumber: Number(found.blockNumber),
        blockHash: found.blockHash,
        success: found.status === '0x1',
      };
    },

    /** How many transactions of this account are in blocks: the nonce that comes next. */
    count: async (address: string): Promise<number> =>
      Number(await ask<string>('eth_getTransactionCount', [address, 'latest'])),

    balance: async (address: string): Promise<bigint> =>
      BigInt(await ask<string>('eth_getBalance', [address, 'latest'])),

    /** @throws NodeRefusal with what the call would revert with */
    estimateGas: async (call: Readonly<{ from: string; to: string; data: string }>): Promise<bigint> =>
      BigInt(await ask<string>('eth_estimateGas', [call])),

    /** @param at a block's number; the newest that there is without it */
    call: (to: string, data: string, at?: number): Promise<string> =>
      ask('eth_call', [{ to, data }, at === undefined ? 'latest' : hex(at)]),

    /** What a block's producer is given on top, at present. Wei for each unit of gas. */
    tip: async (): Promise<bigint> => BigInt(await ask<string>('eth_maxPriorityFeePerGas', [])),

    gasPrice: async (): Promise<bigint> => BigInt(await ask<string>('eth_gasPrice', [])),

    chainId: async (): Promise<number> => Number(await ask<string>('eth_chainId', [])),

    send: (raw: string): Promise<string> => ask('eth_sendRawTransaction', [raw]),
  };
}
