import { describe, expect, it } from '@jest/globals';
import { createCurve, createUser } from '@nats-io/nkeys';
import { createBox } from './box.ts';
import { encodePublicKey } from './encoding.ts';

const pair = createCurve();
const seed = Buffer.from(pair.getSeed()).toString();
const server = createCurve();
const message = Buffer.from('who is this? 💬'.repeat(100));

describe('a box', () => {
  const box = createBox(seed);

  it('has the public key that the official library gives the seed', () => {
    expect(box.publicKey).toBe(pair.getPublicKey());
  });

  it("has the official library's bytes, given its nonce", () => {
    const nonce = Buffer.alloc(24, 5);
    const sealed = createBox(seed, () => nonce).seal(message, server.getPublicKey());
    expect(sealed).toEqual(Buffer.from(pair.seal(message, server.getPublicKey(), nonce)));
  });

  it('is opened by the official library, and opens what that sealed', () => {
    expect(
      Buffer.from(server.open(box.seal(message, server.getPublicKey()), pair.getPublicKey()) ?? []),
    ).toEqual(message);
    expect(box.open(server.seal(message, pair.getPublicKey()), server.getPublicKey())).toEqual(message);
    expect(box.open(server.seal(Buffer.alloc(0), pair.getPublicKey()), server.getPublicKey())).toEqual(
      Buffer.alloc(0),
    );
  });

  it('seals the same in another way each time', () => {
    expect(box.seal(message, server.getPublicKey())).not.toEqual(box.seal(message, server.getPublicKey()));
  });

  const sealed = Buffer.from(server.seal(message, pair.getPublicKey()));
  const changed = (at: number): Buffer => {
    const copy = Buffer.from(sealed);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  it.each([
    ['from another', sealed, createCurve().getPublicKey()],
    ['from what is no curve key', sealed, createUser().getPublicKey()],
    ['for another', Buffer.from(server.seal(message, createCurve().getPublicKey())), server.getPublicKey()],
    ['of another version', changed(3), server.getPublicKey()],
    ['with another nonce', changed(5), server.getPublicKey()],
    ['with another tag', changed(30), server.getPublicKey()],
    ['that was changed', changed(sealed.length - 1), server.getPublicKey()],
    ['that is cut off', sealed.subarray(0, 40), server.getPublicKey()],
    ['that is empty', Buffer.alloc(0), server.getPublicKey()],
  ])('is not opened: one %s', (_what, bytes, sender) => {
    expect(box.open(bytes, sender)).toBeNull();
  });

  it('is not sealed for what is no curve key', () => {
    expect(() => box.seal(message, createUser().getPublicKey())).toThrow('no public key of a NATS curve');
  });

  it('is not made with a weak key, whose secret everybody knows', () => {
    // The point of order one: RFC 7748, 6.1.
    const zero = encodePublicKey('curve', Buffer.alloc(32));
    expect(() => box.seal(message, zero)).toThrow('derivation');
    expect(box.open(server.seal(message, pair.getPublicKey()), zero)).toBeNull();
  });
});
