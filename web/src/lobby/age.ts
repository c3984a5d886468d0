const MINUTE = 60_000;
const UNITS = [
  { unit: 'day', length: 24 * 60 * MINUTE },
  { unit: 'hour', length: 60 * MINUTE },
  { unit: 'minute', length: MINUTE },
] as const;

/** How long a room has been live, in its largest unit; null when not even a minute. */
export function ageOf(
  createdAt: string,
  now: number,
): { unit: 'day' | 'hour' | 'minute'; count: number } | null {
  const age = now - Date.parse(createdAt);
  const fits = UNITS.find(({ length }) => age >= length);
  return fits ? { unit: fits.unit, count: Math.floor(age / fits.length) } : null;
}

/** `5 min`, `3 hr`, `2 days`, as the reader's language says it; null for less than a minute. */
export function ageInWords(createdAt: string, now: number, reader: string): string | null {
  const age = ageOf(createdAt, now);
  if (age === null) return null;
  return new Intl.NumberFormat(reader, { style: 'unit', unit: age.unit, unitDisplay: 'short' }).format(
    age.count,
  );
}
