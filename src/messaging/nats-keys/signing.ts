import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { decodePublicKey, decodeSeed, encodePublicKey, type Kind } from './encoding.ts';

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SPKI. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
/** Servers whose signatures are checked again and again; a cluster has a few. */
const KNOWN_KEYS = 100;

export type Signer = Readonly<{ publicKey: string; sign(data: string): Buffer }>;

/**
 * Signs with node:crypto: the official library does it in JavaScript, which takes two hundred times as long.
 *
 * @throws Error for what is no seed of that kind
 */
export function createSigner(kind: Kind, seed: string): Signer {
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8, decodeSeed(kind, seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
  return {
    publicKey: encodePublicKey(kind, publicKey),
    sign: (data) => sign(null, Buffer.from(data), key),
  };
}

/** Whether the holder of a public key of that kind signed it. */
export type Verify = (kind: Kind, publicKey: string, data: string, signature: Uint8Array) => boolean;

export function createVerify(): Verify {
  const known = new LRUCache<string, KeyObject>({ max: KNOWN_KEYS });
  const keyOf = (kind: Kind, text: string): KeyObject | null => {
    const found = known.get(`${kind} ${text}`);
    if (found) return found;
    const bytes = decodePublicKey(kind, text);
    if (bytes === null) return null;
    const key = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
    known.set(`${kind} ${text}`, key);
    return key;
  };
  return (kind, publicKey, data, signature) => {
    const key = keyOf(kind, publicKey);
    return key !== null && verify(null, Buffer.from(data), key, signature);
  };
}
