import { Contract, ContractFactory, JsonRpcProvider, parseEther, type Signer } from 'ethers';
import { StackError } from '../stack-error.ts';
import { contractAddress } from './anvil.ts';
import type { Artifact } from './artifact.ts';
import { devAccount } from './dev-chain.ts';
import { makeKeystores } from './keystores.ts';

/** A relayer that has less gets the other: some 20,000 forwards at anvil's prices. */
const poor = parseEther('1');
const gift = parseEther('10');
/** Anvil mines at once; ethers would look every four seconds. Milliseconds. */
const lookEvery = 50;

/** What of the contract is called here. */
interface Relayers {
  isRelayer(account: string): Promise<boolean>;
  setRelayer(account: string, allowed: boolean): Promise<{ wait(): Promise<unknown> }>;
}

/** A connection to an anvil, by HTTP. Whoever has it destroys it. */
export function connectTo(url: string): JsonRpcProvider {
  // Without its cache, which answers what was so 250 ms ago: a nonce, that has been used since.
  const provider = new JsonRpcProvider(url, undefined, {
    cacheTimeout: -1,
    batchMaxCount: 1,
    staticNetwork: true,
  });
  provider.pollingInterval = lookEvery;
  return provider;
}

export interface ChainOptions {
  /** The node's address for HTTP. */
  readonly url: string;
  readonly artifact: Artifact;
  /** The folder of the relayers' keystores. */
  readonly keystores: string;
  readonly password: string;
  /** How many relayers there are at least. */
  readonly wallets: number;
}

/**
 * Makes a chain of development usable: the contract is at {@link contractAddress}, the keystores are there, and each of
 * their wallets has money and is a relayer. What is there already stays, so it is called after each start.
 * @returns the relayers' addresses
 * @throws StackError when something else is at the contract's address
 */
export async function prepareChain(options: ChainOptions): Promise<readonly string[]> {
  const { url, artifact, keystores, password, wallets } = options;
  const relayers = await makeKeystores(keystores, { count: wallets, password });
  const provider = connectTo(url);
  try {
    const deployer = devAccount(0).connect(provider);
    if ((await provider.getCode(contractAddress)) === '0x') await deploy(deployer, artifact);
    const contract = new Contract(contractAddress, artifact.abi, deployer) as unknown as Relayers;
    // One after the other: they come from one account, whose transactions have an order.
    for (const address of relayers) {
      if ((await provider.getBalance(address)) < poor)
        await (await deployer.sendTransaction({ to: address, value: gift })).wait();
      if (!(await contract.isRelayer(address))) await (await contract.setRelayer(address, true)).wait();
    }
  } finally {
    provider.destroy();
  }
  return relayers;
}

async function deploy(deployer: Signer, { abi, bytecode }: Artifact): Promise<void> {
  if ((await deployer.getNonce()) !== 0)
    throw new StackError(
      `the deployer has used this chain before, so the contract cannot be at ${contractAddress}: npm run stack:reset`,
    );
  const contract = await new ContractFactory(abi, bytecode, deployer).deploy();
  await contract.deploymentTransaction()?.wait();
}
