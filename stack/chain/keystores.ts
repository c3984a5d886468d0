import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { encryptKeystoreJson, getAddress, Wallet } from 'ethers';

/** A hundredth of what one would take for money: a service of development opens its wallets in 0.1 s. */
const scrypt = { N: 2 ** 14, r: 8, p: 1 };

/**
 * Makes encrypted keystore files with random keys in a folder until there are `count`; those that are there stay as they
 * are, even if there are more.
 * @returns the addresses of all
 */
export async function makeKeystores(
  folder: string,
  { count, password }: { readonly count: number; readonly password: string },
): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const present = readdirSync(folder).filter((name) => name.endsWith('.json'));
  let missing = count - present.length;
  for (let number = 1; missing > 0; number += 1) {
    const file = join(folder, `relayer-${number}.json`);
    if (existsSync(file)) continue;
    const { address, privateKey } = Wallet.createRandom();
    const json = await encryptKeystoreJson({ address, privateKey }, password, { scrypt });
    // Complete or absent, whenever this process is killed.
    writeFileSync(`${file}.partial`, json, { mode: 0o600 });
    chmodSync(`${file}.partial`, 0o600);
    renameSync(`${file}.partial`, file);
    missing -= 1;
  }
  return addressesIn(folder);
}

/** The addresses of a folder's keystores, sorted by their files' names. They can be read without the password. */
function addressesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => {
      const { address } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { address: string };
      return getAddress(address);
    });
}
