/**
 * How NATS writes keys (github.com/nats-io/nkeys): a byte that says what the key is of, its 32 bytes, and a CRC-16, in
 * base 32 without padding. A seed has two bytes before it: that it is a seed, and of what.
 */

/** What a key is of. The first letter of the text follows from the byte: A, N, U, X. */
export const KIND = { account: 0, server: 13 << 3, user: 20 << 3, curve: 23 << 3 } as const;
export type Kind = keyof typeof KIND;

const SEED = 18 << 3;
const KEY_LENGTH = 32;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const VALUE_OF = new Map([...ALPHABET].map((letter, value) => [letter, value]));

/** RFC 4648, 6, without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

/** @returns null for what is no base 32 */
export function fromBase32(text: string): Buffer | null {
  const bytes = Buffer.alloc(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    const value = VALUE_OF.get(letter);
    if (value === undefined) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = held >>> bits;
    at += 1;
    held &= (1 << bits) - 1;
  }
  return bytes;
}

/** CRC-16/XMODEM. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
  }
  return crc;
}

function checked(bytes: Uint8Array): Buffer {
  const sum = crc16(bytes);
  return Buffer.from([...bytes, sum & 0xff, sum >>> 8]);
}

export const encodePublicKey = (kind: Kind, key: Uint8Array): string =>
  toBase32(checked(Buffer.from([KIND[kind], ...key])));

/** @returns the key's 32 bytes; null for what is no key of that kind */
export function decodePublicKey(kind: Kind, text: string): Buffer | null {
  const bytes = unchecked(text, 1);
  return bytes?.[0] === KIND[kind] ? bytes.subarray(1) : null;
}

/** @returns the seed's 32 bytes @throws Error for what is no seed of that kind; it does not say what was given */
export function decodeSeed(kind: Kind, text: string): Buffer {
  const bytes = unchecked(text, 2);
  const [first = 0, second = 0] = bytes ?? [];
  if (bytes === null || (first & 0xf8) !== SEED || (((first & 7) << 5) | (second >>> 3)) !== KIND[kind])
    throw new Error(`this is no seed of a NATS ${kind}`);
  return bytes.subarray(2);
}

function unchecked(text: string, prefix: number): Buffer | null {
  const length = prefix + KEY_LENGTH + 2;
  if (text.length !== Math.ceil((length * 8) / 5)) return null;
  const bytes = fromBase32(text);
  if (bytes === null) return null;
  const content = bytes.subarray(0, length - 2);
  return crc16(content) === bytes.readUInt16LE(length - 2) ? content : null;
}
