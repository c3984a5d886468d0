import { describe, expect, it } from '@jest/globals';
import { roomKeyOf, userOfWallet } from './chain-names.ts';

describe('a room on the chain', () => {
  it('that has a UUID is named by it, and an empty half', () => {
    expect(roomKeyOf('3f1c0a9e-0b1d-4c2e-8f3a-5b6c7d8e9f00')).toBe(
      `0x3f1c0a9e0b1d4c2e8f3a5b6c7d8e9f00${'0'.repeat(32)}`,
    );
  });

  it('that came from the chain has its own name', () => {
    const id = `0x${'5a'.repeat(32)}`;
    expect(roomKeyOf(id)).toBe(id);
  });

  it.each(['', 'no room!', '0x5a', '3f1c', `0x${'5A'.repeat(32)}`, '3F1C0A9E-0B1D-4C2E-8F3A-5B6C7D8E9F00'])(
    'has no name when its id is "%s"',
    (id) => {
      expect(roomKeyOf(id)).toBeNull();
    },
  );
});

it('a wallet is one user, however its address is written', () => {
  expect(userOfWallet('0xAbC')).toBe('wallet:0xabc');
});
