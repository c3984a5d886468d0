const EMPTY_HALF = '0'.repeat(32);

/**
 * The `bytes32` by which the contract knows a room (spec/5-chain.md): a UUID and an empty half, or the room's id itself.
 *
 * @returns null for a room that it cannot name
 */
export function roomKeyOf(roomId: string): string | null {
  if (/^0x[0-9a-f]{64}$/.test(roomId)) return roomId;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(roomId)) return null;
  return `0x${roomId.replaceAll('-', '')}${EMPTY_HALF}`;
}

/** The user that a wallet is in a room. */
export const userOfWallet = (address: string): string => `wallet:${address.toLowerCase()}`;
