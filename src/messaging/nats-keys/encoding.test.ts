import { describe, expect, it } from '@jest/globals';
import { createAccount, createCurve, createServer, createUser, fromPublic } from '@nats-io/nkeys';
import { crc16, decodePublicKey, decodeSeed, encodePublicKey, fromBase32, toBase32 } from './encoding.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

const official = [
  ['account', createAccount],
  ['server', createServer],
  ['user', createUser],
  ['curve', createCurve],
] as const;

describe('a public key', () => {
  it.each(official)('of the official library is read, and written the same: %s', (kind, create) => {
    for (let round = 0; round < 5; round += 1) {
      const text = create().getPublicKey();
      const bytes = decodePublicKey(kind, text);
      expect(bytes).toHaveLength(32);
      expect(encodePublicKey(kind, bytes as Buffer)).toBe(text);
    }
  });

  it('of ours is one to the official library', () => {
    const text = encodePublicKey('user', Buffer.alloc(32, 7));
    expect(fromPublic(text).getPublicKey()).toBe(text);
  });

  const good = createServer().getPublicKey();
  it.each([
    ['of another kind', createUser().getPublicKey()],
    ['with another letter in it', good.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['that is cut off', good.slice(0, -1)],
    ['that goes on', `${good}A`],
    ['in small letters', good.toLowerCase()],
    ['with a letter that is none of base 32', `${good.slice(0, -1)}1`],
    ['that is a seed', textOf(createServer().getSeed()).slice(0, 56)],
    ['that is nothing', ''],
  ])('is none %s', (_what, text) => {
    expect(decodePublicKey('server', text)).toBeNull();
  });
});

describe('a seed', () => {
  it.each(official)('of the official library is read: %s', (kind, create) => {
    const pair = create();
    expect(decodeSeed(kind, textOf(pair.getSeed()))).toHaveLength(32);
  });

  it('is refused without a word of what it is', () => {
    const text = textOf(createUser().getSeed());
    expect(() => decodeSeed('account', text)).toThrow('this is no seed of a NATS account');
    expect(() => decodeSeed('account', `${text.slice(0, -1)}!`)).toThrow(
      /^this is no seed of a NATS account$/,
    );
  });
});

it('base 32 is that of RFC 4648, without padding', () => {
  for (const [text, encoded] of [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const) {
    expect(toBase32(Buffer.from(text))).toBe(encoded);
    expect(fromBase32(encoded)?.toString()).toBe(text);
  }
});

it('the sum is CRC-16/XMODEM', () => {
  expect(crc16(Buffer.from('123456789'))).toBe(0x31c3);
});
