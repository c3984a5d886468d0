import { scrypt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { scrypt as ethersScrypt, getBytes, hexlify, Wallet } from 'ethers';
import type { Secret } from '../../config/index.ts';
import { checked, type Signer } from './signer.ts';

/** Bytes: what opening a keystore takes by the usual settings, twice. */
const MAX_MEMORY = 512 * 1_024 * 1_024;

/** In ethers' own JavaScript one keystore keeps the process busy for seconds; Node opens it beside us. */
function useNodesScrypt(): void {
  ethersScrypt.register(async (password, salt, N, r, p, length) => {
    const options = { N, r, p, maxmem: MAX_MEMORY };
    return new Promise((resolve, reject) => {
      scrypt(getBytes(password), getBytes(salt), length, options, (error, key) =>
        error ? reject(error) : resolve(hexlify(key)),
      );
    });
  });
}

/**
 * The wallets of encrypted keystore files (Web3 Secret Storage, version 3), each `*.json` of a folder.
 *
 * @throws Error that names the file, and nothing of what is in it
 */
export async function openKeystores(folder: string, password: Secret): Promise<Signer[]> {
  useNodesScrypt();
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
  return Promise.all(names.map((name) => openKeystore(join(folder, name), password)));
}

async function openKeystore(path: string, password: Secret): Promise<Signer> {
  const text = await readFile(path, 'utf8');
  const wallet = await Wallet.fromEncryptedJson(text, password.reveal()).catch(() => {
    throw new Error(`the keystore ${path} does not open with CHAIN_KEYSTORE_PASSWORD`);
  });
  const address = wallet.address.toLowerCase();
  return {
    address,
    sign: async (transaction) => checked(await wallet.signTransaction(transaction), transaction, address),
  };
}
