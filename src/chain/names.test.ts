import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isWallet, roomIdOf, roomKeyOf, walletUser } from './names.ts';

const uuid = '0a8d6c1e-6f0f-4a55-9b1e-1f6b9c2d3e4f';
const key = `0x0a8d6c1e6f0f4a559b1e1f6b9c2d3e4f${'0'.repeat(32)}`;

describe('the room that a bytes32 names', () => {
  it('is the UUID in its first half, when the last is empty', () => {
    expect(roomIdOf(key)).toBe(uuid);
    expect(roomIdOf(key.toUpperCase().replace('0X', '0x'))).toBe(uuid);
    expect(roomIdOf(`0x${'0'.repeat(64)}`)).toBe('00000000-0000-0000-0000-000000000000');
  });

  it('is the value itself in hex, when it is not', () => {
    const other = `0x${'ab'.repeat(31)}01`;
    expect(roomIdOf(other)).toBe(other);
    expect(roomIdOf(`0x${'0'.repeat(63)}1`)).toBe(`0x${'0'.repeat(63)}1`);
  });

  it('is named by that value and no other', () => {
    const bytes32 = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .chain((bytes) =>
        fc.constantFrom(
          bytes,
          bytes.map((byte, index) => (index < 16 ? byte : 0)),
        ),
      )
      .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}`);
    fc.assert(fc.property(bytes32, (value) => expect(roomKeyOf(roomIdOf(value))).toBe(value)));
  });

  it.each(['a-room', '', `0x${'A'.repeat(64)}`, `${uuid}0`])('is none for the id %j', (id) => {
    expect(roomKeyOf(id)).toBeNull();
  });
});

describe('a wallet', () => {
  it('is one user, however its address is written', () => {
    const user = walletUser('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266');
    expect(user).toEqual({ id: 'wallet:0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266', name: '0xf39f…2266' });
    expect(isWallet(user.id)).toBe(true);
    expect(isWallet(uuid)).toBe(false);
  });
});
