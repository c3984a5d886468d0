/** Times that an API call is tried in all. */
export const ATTEMPTS = 3;
/** Before the second attempt; doubles with each. Milliseconds. */
const FIRST_WAIT = 200;
const LONGEST_WAIT = 2_000;
/** Whoever is told to wait longer than this is not kept waiting: the caller hears when to come back. Milliseconds. */
const LONGEST_RETRY_AFTER = 5_000;

/**
 * How long to wait before the next attempt: half of it fixed, half of it by chance, so that instances do not come back
 * together. Never less than what the server asked for.
 *
 * @param failed attempts so far, from 1
 * @param random from 0 to 1
 */
export function waitAfter(failed: number, retryAfter: number | undefined, random: number): number {
  const wait = Math.min(FIRST_WAIT * 2 ** (failed - 1), LONGEST_WAIT);
  const jittered = wait / 2 + (wait / 2) * random;
  return Math.round(retryAfter === undefined ? jittered : Math.max(jittered, retryAfter + jittered / 2));
}

export const worthWaitingFor = (retryAfter: number | undefined): boolean =>
  retryAfter === undefined || retryAfter <= LONGEST_RETRY_AFTER;

/** `Retry-After` in milliseconds from now: seconds or a date (RFC 9110, 10.2.3); undefined when it says neither. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
