import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encryptKeystoreJson, scrypt, Transaction, toUtf8Bytes, Wallet } from 'ethers';
import { Secret } from '../../config/index.ts';
import { openKeystores } from './keystores.ts';

const password = 'a-keystore-password-of-our-own';
const one = new Wallet(`0x${'17'.repeat(32)}`);
const two = new Wallet(`0x${'18'.repeat(32)}`);
const keystores: Record<string, string> = {};

/** As fast as a keystore can be. */
const encrypt = ({ address, privateKey }: Wallet) =>
  encryptKeystoreJson({ address, privateKey }, password, { scrypt: { N: 2, r: 1, p: 1 } });

let folder: string;
const file = (name: string, content: string) => writeFile(join(folder, name), content);
const open = (given = password) => openKeystores(folder, new Secret(given));

beforeAll(async () => {
  keystores['b.json'] = await encrypt(one);
  keystores['a.json'] = await encrypt(two);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keystores-test-'));
  for (const [name, content] of Object.entries(keystores)) await file(name, content);
});
afterEach(() => rm(folder, { recursive: true }));

describe('a folder of keystores', () => {
  it('has a wallet for each, in the order of their names, by the address in lower case', async () => {
    await file('README.md', 'what is no keystore is left alone');
    const signers = await open();
    expect(signers.map(({ address }) => address)).toEqual([
      two.address.toLowerCase(),
      one.address.toLowerCase(),
    ]);
  });

  it('signs with the key of each what it is asked to', async () => {
    for (const signer of await open()) {
      const asked = {
        type: 2,
        to: one.address,
        nonce: 7,
        chainId: 31_337,
        gasLimit: 21_000,
        maxFeePerGas: 1,
      };
      const { raw, hash } = await signer.sign(asked);
      const signed = Transaction.from(raw);
      expect(signed).toMatchObject({ nonce: 7, chainId: 31_337n, hash });
      expect(signed.from?.toLowerCase()).toBe(signer.address);
    }
  });

  it('shows nothing of a key in what is given out', async () => {
    const shown = inspect(await open(), { depth: 9, showHidden: true });
    expect(shown).toContain(one.address.toLowerCase());
    for (const { privateKey } of [one, two]) expect(shown).not.toContain(privateKey.slice(2));
  });

  it('without one has no wallets', async () => {
    for (const name of Object.keys(keystores)) await rm(join(folder, name));
    expect(await open()).toEqual([]);
  });

  it('that is not there cannot be opened', async () => {
    await expect(openKeystores(join(folder, 'nowhere'), new Secret(password))).rejects.toThrow('nowhere');
  });

  it('does not open with another password, and names the file and nothing that is secret', async () => {
    const wrong = 'another-password-of-our-own';
    await rm(join(folder, 'a.json'));
    const error = await open(wrong).catch((refused: unknown) => refused);
    expect(error).toEqual(
      new Error(`the keystore ${join(folder, 'b.json')} does not open with CHAIN_KEYSTORE_PASSWORD`),
    );
    const said = inspect(error, { depth: 9, showHidden: true });
    expect(said).not.toContain(wrong);
    expect(said).not.toContain(JSON.parse(keystores['b.json'] ?? '').Crypto.ciphertext);
  });

  it.each([
    ['no JSON', 'private'],
    ['a key that is not encrypted', `{"privateKey":"${one.privateKey}"}`],
    ['a mnemonic', '{"mnemonic":"test test test"}'],
  ])('does not open with %s among them, and says only where', async (_, content) => {
    await file('c.json', content);
    const error = await open().catch((refused: unknown) => refused);
    expect(error).toMatchObject({ message: expect.stringContaining(join(folder, 'c.json')) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(content);
  });
});

describe('the scrypt of this service', () => {
  // RFC 7914, section 12.
  const derive = (phrase: string, salt: string, N: number, r: number, p: number) =>
    scrypt(toUtf8Bytes(phrase), toUtf8Bytes(salt), N, r, p, 64);

  it.each<[string, string, number, number, number, string]>([
    [
      '',
      '',
      16,
      1,
      1,
      '0x77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906',
    ],
    [
      'password',
      'NaCl',
      1_024,
      8,
      16,
      '0xfdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    ],
  ])('has the keys of its standard (%j, %j)', async (phrase, salt, N, r, p, key) => {
    expect(await derive(phrase, salt, N, r, p)).toBe(key);
  });

  it('takes no more than half a gigabyte, whatever a keystore says that it needs', async () => {
    await expect(derive('password', 'NaCl', 2 ** 20, 8, 1)).rejects.toThrow(/memory limit exceeded/i);
  });
});
