import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Contract, encodeBytes32String } from 'ethers';
import { prepareChain } from '../../stack/chain/deploy.ts';
import { type PrivateAnvil, startPrivateAnvil } from '../support/private-anvil.ts';

/** What the tests of the chain, and the stack, count on in their node. */

const room = encodeBytes32String('room');
const joined = async (chain: PrivateAnvil) => {
  const contract = new Contract(chain.contract, chain.artifact.abi, chain.wallet());
  const sent = await contract.getFunction('joinRoom')(room, 'sdp', ['camera']);
  return (await sent.wait()).hash as string;
};
const logs = async ({ rpc, contract }: PrivateAnvil) =>
  (await rpc<{ transactionHash: string }[]>('eth_getLogs', [{ address: contract, fromBlock: '0x0' }])).map(
    ({ transactionHash }) => transactionHash,
  );
const settingsOf = ({ httpUrl, artifact, settings }: PrivateAnvil, wallets: number) => ({
  url: httpUrl,
  artifact,
  keystores: settings['CHAIN_KEYSTORES'] ?? '',
  password: settings['CHAIN_KEYSTORE_PASSWORD'] ?? '',
  wallets,
});

describe('a chain of development', () => {
  it('is made usable once, and again only as far as something is missing', async () => {
    await using chain = await startPrivateAnvil({ wallets: 1 });
    const { provider } = chain;
    const before = await provider.getBlockNumber();
    expect(await prepareChain(settingsOf(chain, 1))).toEqual(chain.relayers);
    expect(await provider.getBlockNumber()).toBe(before);
    const more = await prepareChain(settingsOf(chain, 3));
    expect(more.slice(0, 1)).toEqual(chain.relayers);
    expect(more).toHaveLength(3);
    expect(await prepareChain(settingsOf(chain, 1))).toEqual(more);
  }, 60_000);

  it('has keystores that only their owner can read', async () => {
    await using chain = await startPrivateAnvil();
    const folder = chain.settings['CHAIN_KEYSTORES'] ?? '';
    const files = readdirSync(folder);
    expect(files).toEqual(['relayer-1.json', 'relayer-2.json']);
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  }, 60_000);

  it('is the same after the node was away', async () => {
    await using chain = await startPrivateAnvil();
    const hash = await joined(chain);
    const block = await chain.provider.getBlock('latest');
    await chain.kill();
    await expect(chain.rpc('eth_blockNumber')).rejects.toThrow();
    await chain.start();
    expect(await chain.provider.getBlock('latest')).toMatchObject({ hash: block?.hash });
    expect(await logs(chain)).toContain(hash);
    await expect(chain.reorg(1)).rejects.toThrow('cannot go back behind block');
  }, 60_000);

  it('is turned back, with or without a transaction that was in it', async () => {
    await using chain = await startPrivateAnvil();
    const [kept, gone] = [await joined(chain), await joined(chain)];
    const { hash: old } = (await chain.provider.getBlock('latest')) ?? {};
    const head = await chain.provider.getBlockNumber();
    await chain.reorg(2, [kept]);
    expect(await chain.provider.getBlockNumber()).toBe(head);
    expect((await chain.provider.getBlock(head))?.hash).not.toBe(old);
    expect(await logs(chain)).toContain(kept);
    expect(await logs(chain)).not.toContain(gone);
    expect(await chain.provider.getTransactionReceipt(gone)).toBeNull();
  }, 60_000);

  it('mines when it is told, once automine is off', async () => {
    await using chain = await startPrivateAnvil();
    await chain.setAutomine(false);
    const wallet = chain.wallet();
    const sent = await wallet.sendTransaction({ to: wallet.address });
    expect(await chain.provider.getTransactionReceipt(sent.hash)).toBeNull();
    await chain.mine(3);
    expect(await sent.confirmations()).toBe(3);
  }, 60_000);
});
