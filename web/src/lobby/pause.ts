/** How long to wait before the list is asked for again. Milliseconds. */
const SHORTEST = 1_500;
const LONGEST = 30_000;

/**
 * Twice as long after each failure in a row, up to half a minute, and never the same for all who wait; longer when the
 * service asks for it.
 *
 * @param failures in a row, from 1
 * @param chance from 0 to 1
 */
export function pauseAfter(failures: number, chance: number, retryAfter: number | null = null): number {
  const longest = Math.min(LONGEST, SHORTEST * 2 ** (failures - 1));
  const pause = longest * (0.5 + chance / 2);
  return Math.max(pause, Math.min(retryAfter ?? 0, LONGEST));
}

/** Without live updates the list is read this often, so that it is never far from the truth. */
export const WHEN_NOT_LIVE = 30_000;
