import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { getCreateAddress } from 'ethers';
import { contractAddress, stateFileFor } from '../chain/anvil.ts';
import { devAccount } from '../chain/dev-chain.ts';
import { walletCount } from '../chain/wallet-count.ts';
import { allOutputs } from '../outputs.ts';
import { portOf } from '../ports.ts';
import type { Place } from '../server-description.ts';
import { anvil } from './anvil.ts';

const outputsWith = (env: NodeJS.ProcessEnv, offset = 0) => {
  const port: Place['port'] = (name, index) => portOf(name, offset, index);
  return allOutputs([anvil], { offset, instances: 1, nodes: 1, natsServers: 1, env, port });
};

describe('the chain of the stack', () => {
  test("is where the deployer's first transaction puts it", () => {
    expect(getCreateAddress({ from: devAccount(0).address, nonce: 0 })).toBe(contractAddress);
  });

  test('moves with the offset, its keystores too', () => {
    expect(outputsWith({}, 1500)).toMatchObject({
      CHAIN_URL: 'ws://127.0.0.1:10045',
      CHAIN_CONTRACT: contractAddress,
      CHAIN_KEYSTORES: expect.stringMatching(/\/\.stack\/1500\/anvil\/keystores$/),
    });
  });

  test('that runs elsewhere comes with a contract and wallets of its own', () => {
    const given = { CHAIN_URL: 'wss://chain.test', CHAIN_CONTRACT: '0x01' };
    expect(outputsWith(given)).toEqual({
      ...given,
      CHAIN_KEYSTORES: '',
      CHAIN_KEYSTORE_PASSWORD: '',
      CHAIN_CONFIRMATIONS: '',
    });
  });

  test('begins anew when the contract is another', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chain-'));
    try {
      const first = stateFileFor(folder, { abi: [], bytecode: '0x01' });
      writeFileSync(first, '{}');
      expect(stateFileFor(folder, { abi: [], bytecode: '0x01' })).toBe(first);
      expect(readdirSync(folder)).toHaveLength(1);
      expect(stateFileFor(folder, { abi: [], bytecode: '0x02' })).not.toBe(first);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('how many wallets there are', () => {
  test.each([
    [undefined, 2],
    ['', 2],
    ['1', 1],
    ['16', 16],
  ])('%p are %p', (text, count) => {
    expect(walletCount(text)).toBe(count);
  });

  test.each(['0', '17', '1.5', 'many'])('%p is refused by its name', (text) => {
    expect(() => walletCount(text)).toThrow(
      `STACK_CHAIN_WALLETS must be a whole number from 1 to 16, not "${text}"`,
    );
  });
});
