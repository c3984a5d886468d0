import { createPrivateKey, createPublicKey, diffieHellman, randomBytes } from 'node:crypto';
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { LRUCache } from 'lru-cache';
import { decodePublicKey, decodeSeed, encodePublicKey } from './encoding.ts';

/** RFC 8410: what stands before the 32 bytes of an X25519 key in PKCS #8 and in SPKI. */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const VERSION = Buffer.from('xkv1');
const NONCE = 24;
const TAG = 16;
const SIGMA = wordsOf(Buffer.from('expand 32-byte k'));
/** Servers that we share a key with; a cluster has a few. */
const SHARED_KEYS = 100;

/** What only the holders of two curve keys (`X…`) can read: NaCl's box behind the word `xkv1` and a nonce. */
export type Box = Readonly<{
  publicKey: string;
  /** @throws Error when `recipient` is no curve key */
  seal(message: Uint8Array, recipient: string): Buffer;
  /** @returns null for what `sender` did not seal for us */
  open(sealed: Uint8Array, sender: string): Buffer | null;
}>;

/** @throws Error for what is no seed of a curve key */
export function createBox(seed: string, nonceOf: () => Uint8Array = () => randomBytes(NONCE)): Box {
  const own = createPrivateKey({
    key: Buffer.concat([PKCS8, decodeSeed('curve', seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(own).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  const shared = new LRUCache<string, Uint8Array>({ max: SHARED_KEYS });

  /** Of the two keys; the same both ways. @throws Error for what is no curve key, or a weak one */
  function sharedWith(other: string): Uint8Array {
    const known = shared.get(other);
    if (known) return known;
    const bytes = decodePublicKey('curve', other);
    if (bytes === null) throw new Error('this is no public key of a NATS curve');
    const peer = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
    const secret = new Uint32Array(8);
    hsalsa(SIGMA, wordsOf(diffieHellman({ privateKey: own, publicKey: peer })), new Uint32Array(4), secret);
    const key = new Uint8Array(secret.buffer);
    shared.set(other, key);
    return key;
  }

  return {
    publicKey: encodePublicKey('curve', publicKey),
    seal(message, recipient) {
      const nonce = nonceOf();
      return Buffer.concat([
        VERSION,
        nonce,
        xsalsa20poly1305(sharedWith(recipient), nonce).encrypt(Uint8Array.from(message)),
      ]);
    },
    open(sealed, sender) {
      const start = VERSION.length + NONCE;
      if (sealed.length < start + TAG || !VERSION.equals(sealed.subarray(0, VERSION.length))) return null;
      try {
        const cipher = xsalsa20poly1305(sharedWith(sender), sealed.subarray(VERSION.length, start));
        return Buffer.from(cipher.decrypt(sealed.subarray(start)));
      } catch {
        return null;
      }
    },
  };
}

/** Copied, since words must be aligned. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}
