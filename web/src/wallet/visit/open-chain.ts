import { Contract, type ContractTransactionReceipt, type EventLog } from 'ethers/contract';
import { JsonRpcProvider } from 'ethers/providers';
import { isError, parseEther, toQuantity } from 'ethers/utils';
import type { Wallet } from 'ethers/wallet';
import { demoWallet, newDemoWallet } from './demo-wallet.ts';
import { VisitFailure } from './failure.ts';
import type { ChainLine } from './visit.ts';

/** What a wallet uses of contracts/MeetingRooms.sol. */
const ABI = [
  'event EventForwarded(bytes32 indexed roomId, address indexed wallet, string data)',
  'function joinRoom(bytes32 roomId, string sessionDescription, string[] tracks)',
  'function leaveRoom(bytes32 roomId)',
  'function counts(bytes32 roomId, address wallet) view returns (uint64 joins, uint64 forwards)',
];
/** A join costs a hundredth of it; a wallet with less gets as much again. */
const ALLOWANCE = parseEther('1');
/** A node that says nothing for so long is away. Milliseconds. */
const MINED_WITHIN = 30_000;
/** Blocks come each second. Milliseconds. */
const POLL_EVERY = 500;

type Method = 'joinRoom' | 'leaveRoom';

/**
 * The contract by a demo wallet of a development chain, which gives it its money.
 *
 * @throws VisitFailure CHAIN_UNREACHABLE
 */
export async function openChain(rpcUrl: string): Promise<ChainLine> {
  const address = await contractAddress();
  const provider = new JsonRpcProvider(rpcUrl, await chainIdAt(rpcUrl), {
    staticNetwork: true,
    batchMaxCount: 1,
    cacheTimeout: -1,
    pollingInterval: POLL_EVERY,
  });
  const contract = new Contract(address, ABI, provider);
  let wallet = demoWallet();

  async function send(method: Method, ...given: unknown[]): Promise<ContractTransactionReceipt> {
    const signed = contract.connect(wallet.connect(provider)) as Contract;
    const sent = await signed.getFunction(method).send(...given);
    const receipt = await sent.wait(1, MINED_WITHIN);
    if (receipt === null) throw new VisitFailure('CHAIN_UNREACHABLE');
    return receipt;
  }

  return {
    prepare: (roomKey) =>
      translated(async () => {
        const [joins, forwards] = await contract.getFunction('counts')(roomKey, wallet.address);
        // The answer to an earlier join would be taken for that to the next: there are as many as joins.
        if (joins !== forwards) wallet = newDemoWallet();
        await fund(provider, wallet);
        return wallet.address;
      }),
    join: (roomKey, offer, tracks) =>
      translated(async () => (await send('joinRoom', roomKey, offer, tracks)).blockNumber),
    leave: (roomKey) => translated(async () => void (await send('leaveRoom', roomKey))),
    head: () => translated(() => provider.getBlockNumber()),
    forwarded: (roomKey, from) =>
      translated(async () => {
        const filter = contract.getEvent('EventForwarded')(roomKey, wallet.address);
        const logs = (await contract.queryFilter(filter, from)) as EventLog[];
        return logs.map(({ blockNumber, args }) => ({ block: blockNumber, data: `${args['data']}` }));
      }),
  };
}

/** anvil's own way: no other chain has it. */
async function fund(provider: JsonRpcProvider, { address }: Wallet): Promise<void> {
  if ((await provider.getBalance(address)) >= ALLOWANCE / 10n) return;
  await provider.send('anvil_setBalance', [address, toQuantity(ALLOWANCE)]);
}

/** Where the service listens for it. */
async function contractAddress(): Promise<string> {
  const { chain } = await answered<{ chain: { contract: string } | null }>('/info', {});
  if (!chain?.contract) throw new VisitFailure('CHAIN_UNREACHABLE');
  return chain.contract;
}

/** Asked once, and with a deadline: ethers itself would ask for ever. */
async function chainIdAt(rpcUrl: string): Promise<bigint> {
  const { result } = await answered<{ result: string }>(rpcUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }),
  });
  return BigInt(result);
}

async function answered<T>(address: string, asked: RequestInit): Promise<T> {
  try {
    const answer = await fetch(address, { ...asked, signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
    return (await answer.json()) as T;
  } catch (cause) {
    throw new VisitFailure('CHAIN_UNREACHABLE', { cause });
  }
}

/** Errors of ethers as this door names them. */
async function translated<T>(asked: () => Promise<T>): Promise<T> {
  try {
    return await asked();
  } catch (cause) {
    if (cause instanceof VisitFailure) throw cause;
    throw new VisitFailure(isError(cause, 'CALL_EXCEPTION') ? 'CHAIN_REFUSED' : 'CHAIN_UNREACHABLE', {
      cause,
    });
  }
}
