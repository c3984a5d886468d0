import { createHash } from 'node:crypto';

/**
 * A UUID for what one message of a stream asks for: the same at each try, at whichever instance. `nonce` tells apart what
 * one user asks for under one subject; whoever chooses it can only confuse requests of their own.
 */
export function requestId(subject: string, nonce: string): string {
  const bytes = createHash('sha256').update(`${subject}\n${nonce}`).digest().subarray(0, 16);
  // RFC 9562, 5.8: version 8 is for ids of one's own making.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
