import type { User } from '../rooms/index.ts';

/** What the chain's names are here, and ours there (spec/5-chain.md). */

const EMPTY_HALF = '0'.repeat(32);

/**
 * The room that a `bytes32` names: one whose last half is empty names the room with the UUID in its first half, any other
 * the room whose id is that value in hex.
 *
 * @param key `0x` and 64 hex digits
 */
export function roomIdOf(key: string): string {
  const digits = key.slice(2).toLowerCase();
  if (!digits.endsWith(EMPTY_HALF)) return `0x${digits}`;
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The `bytes32` that names a room; null for a room that none can name. */
export function roomKeyOf(roomId: string): string | null {
  if (/^0x[0-9a-f]{64}$/.test(roomId)) return roomId;
  const digits = roomId.replaceAll('-', '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(digits) ? `0x${digits}${EMPTY_HALF}` : null;
}

const PREFIX = 'wallet:';

/** The user that a wallet is; its address in lower case, so that one wallet is one user. */
export function walletUser(address: string): User {
  const id = address.toLowerCase();
  return { id: `${PREFIX}${id}`, name: `${id.slice(0, 6)}…${id.slice(-4)}` };
}

export const isWallet = (userId: string): boolean => userId.startsWith(PREFIX);
