/** The pure arithmetic of the bench. Times are in milliseconds, rates in requests a second. */

/** The middle one; of an even count the mean of the middle two. @throws RangeError on an empty list */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) throw new RangeError('there is no median of nothing');
  return (lower + upper) / 2;
}

/**
 * The smallest value that at least `share` (0 to 1) of all values do not exceed (nearest rank).
 * @throws RangeError on an empty list
 */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('there is no percentile of nothing');
  return value;
}

/** Rounded to three significant digits, as more would promise what a shared machine cannot hold. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
