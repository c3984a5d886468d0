import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HDNodeWallet, JsonRpcProvider } from 'ethers';
import { anvilArgs, contractAddress, findAnvil } from '../../stack/chain/anvil.ts';
import { type Artifact, readArtifact } from '../../stack/chain/artifact.ts';
import { connectTo, prepareChain } from '../../stack/chain/deploy.ts';
import { devAccount } from '../../stack/chain/dev-chain.ts';
import { dev } from '../../stack/dev-values.ts';
import { contract } from '../../stack/servers/contract.ts';
import { eventually } from './eventually.ts';
import { freePort } from './service-process.ts';

/** The deployer's, and so many wallets that a test may ask for. */
const accounts = 40;

export type PrivateAnvilOptions = Readonly<{
  /** A block each so many seconds, besides that of each transaction; by default there is only the latter. */
  blockTime?: number;
  /** How many keystores of relayers, 2 by default. */
  wallets?: number;
  /** Where the chain is kept, by default in a folder that goes away with it. */
  stateFile?: string;
}>;

/** An anvil of this test's own, with the contract, to stop and to turn back. Disposing kills it. */
export type PrivateAnvil = AsyncDisposable &
  Readonly<{
    /** Its WebSocket, which an instance of the service is given. */
    url: string;
    httpUrl: string;
    /** The contract's address. */
    contract: string;
    artifact: Artifact;
    /** What an instance that uses it is started with. */
    settings: Readonly<Record<string, string>>;
    /** The addresses of the keystores' wallets. */
    relayers: readonly string[];
    /** A connection by HTTP; calls fail while the node is away, and work when it is back. */
    provider: JsonRpcProvider;
    /** Asks the node as it is, past ethers. @throws Error with the node's words */
    rpc<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>;
    /** A wallet that nobody had before, with 10,000 ETH since the first block, connected to `provider`. */
    wallet(): HDNodeWallet;
    /**
     * Takes the node away. SIGTERM, the default, keeps the chain for `start`; SIGKILL takes up to 10 s of it away.
     * Neither keeps what waits to be mined, or the state at earlier blocks.
     */
    kill(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
    /** Brings the node back at the same port. It mines at once again, whatever was set before. */
    start(): Promise<void>;
    /** From now on it takes connections and requests, and answers nothing, until it is thawed. */
    freeze(): void;
    thaw(): void;
    /**
     * Puts other blocks in the place of the last `depth`, as many. They are empty, but for the transactions named in
     * `again`, which are mined anew in the first of them; all others are gone, also from the pool. Anvil tells
     * subscribers of the new heads and sends no log with `removed`.
     * @throws Error for blocks from before the last `start`, where anvil would lose the contract
     */
    reorg(depth: number, again?: readonly string[]): Promise<void>;
    /** Mines so many blocks, 1 by default, with what waits. */
    mine(blocks?: number): Promise<void>;
    /** Whether each transaction is mined at once; else it waits for `mine`. */
    setAutomine(on: boolean): Promise<void>;
  }>;

/** The compiled contract, as `npm start` has it. */
async function compiled(): Promise<Artifact> {
  const { signal } = new AbortController();
  const context = { env: process.env, report: () => {}, signal };
  return readArtifact((await contract.find(process.env)) ?? (await contract.install(context)));
}

export async function startPrivateAnvil(options: PrivateAnvilOptions = {}): Promise<PrivateAnvil> {
  const program = findAnvil();
  if (program === undefined) throw new Error('there is no anvil for this machine');
  const artifact = await compiled();
  const folder = await mkdtemp(join(tmpdir(), 'private-anvil-'));
  const { stateFile = join(folder, 'chain.json'), wallets = 2, blockTime } = options;
  const port = await freePort();
  const httpUrl = `http://127.0.0.1:${port}`;
  const args = anvilArgs({ port, stateFile, accounts, ...(blockTime === undefined ? {} : { blockTime }) });
  const provider = connectTo(httpUrl);
  let child: ChildProcess | null = null;
  let firstOwnBlock = 0;
  let given = 0;

  async function rpc<T = unknown>(method: string, params: readonly unknown[] = []): Promise<T> {
    const answer = await fetch(httpUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const { result, error } = (await answer.json()) as { result: T; error?: { message: string } };
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }
  const head = async (): Promise<number> => Number(await rpc<string>('eth_blockNumber'));

  async function start(): Promise<void> {
    child = spawn(program ?? '', args, { cwd: folder, stdio: 'ignore' });
    await eventually(head, 20_000);
    firstOwnBlock = await head();
  }
  async function kill(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    // A frozen one hears SIGTERM only then.
    child.kill('SIGCONT');
    await ended;
    child = null;
  }
  async function reorg(depth: number, again: readonly string[] = []): Promise<void> {
    if ((await head()) - depth < firstOwnBlock)
      throw new Error(`anvil cannot go back behind block ${firstOwnBlock}, at which it was started`);
    const raw = await Promise.all(again.map((hash) => rpc<string>('eth_getRawTransactionByHash', [hash])));
    await rpc('anvil_reorg', [depth, raw.map((transaction) => [transaction, 0])]);
  }

  const chain = {
    CHAIN_URL: `ws://127.0.0.1:${port}`,
    CHAIN_CONTRACT: contractAddress,
    CHAIN_KEYSTORES: join(folder, 'keystores'),
    CHAIN_KEYSTORE_PASSWORD: dev.chainKeystorePassword,
    CHAIN_CONFIRMATIONS: '1',
  };
  async function dispose(): Promise<void> {
    provider.destroy();
    await kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
  try {
    await start();
    const keys = { keystores: chain.CHAIN_KEYSTORES, password: chain.CHAIN_KEYSTORE_PASSWORD, wallets };
    const relayers = await prepareChain({ url: httpUrl, artifact, ...keys });
    return {
      url: chain.CHAIN_URL,
      httpUrl,
      contract: contractAddress,
      artifact,
      settings: chain,
      relayers,
      provider,
      rpc,
      wallet() {
        given += 1;
        if (given >= accounts) throw new Error(`there are no more than ${accounts - 1} wallets`);
        return devAccount(given).connect(provider);
      },
      kill,
      start,
      freeze: () => void child?.kill('SIGSTOP'),
      thaw: () => void child?.kill('SIGCONT'),
      reorg,
      mine: async (blocks = 1) => void (await rpc('anvil_mine', [`0x${blocks.toString(16)}`, '0x0'])),
      setAutomine: async (on) => void (await rpc('evm_setAutomine', [on])),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
