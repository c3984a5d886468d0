/**
 * The key of an end-to-end encrypted room. It is made in the browser of whoever makes the room and travels in the
 * fragment of the room's address, the one part of an address that a browser never sends to a server.
 */

/** 256 bits: as much as LiveKit's AES-GCM uses, and far beyond guessing. */
const KEY_BYTES = 32;
/** 43 characters are ours; others may bring a shorter or longer one. */
const KEY = /^[\w-]{16,128}$/;

/** A new key of 32 random bytes, as 43 characters of base64url. */
export function newRoomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The key in an address's fragment (`#key=…`), or null if there is none that could be one. */
export function keyIn(hash: string): string | null {
  const key = new URLSearchParams(hash.replace(/^#/, '')).get('key');
  return key !== null && KEY.test(key) ? key : null;
}

/** The path with the key in its fragment, in place of the fragment it had. */
export function withKey(path: string, key: string): string {
  return `${path.replace(/#.*$/, '')}#key=${key}`;
}
