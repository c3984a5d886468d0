import { median, rounded } from './statistics.ts';

/** What one side did in one round. */
export type Measured = Readonly<{
  /** Requests answered a second. */
  rate: number;
  /** Of their answer times, in milliseconds. */
  p50: number;
  p99: number;
}>;

/** What a row is to reach. `ratio` is value ÷ floor. */
export type Goal = Readonly<{
  ratio: number;
  direction: 'at least' | 'at most';
  /** The value's p99 may be at most so many times the floor's. */
  p99?: number;
}>;

/** One row of `results.json`. */
export type RowResult = Readonly<{
  name: string;
  title: string;
  /** What the floor is. */
  against: string;
  unit: string;
  /** Medians of the rounds. */
  value: number;
  floor: number;
  ratio: number;
  goal: number;
  goalDirection: Goal['direction'];
  met: boolean;
  /** Milliseconds. */
  p99: number;
  floorP99: number;
  p99Ratio: number;
  p99Goal?: number;
  /** Every round as it was measured. */
  rounds: readonly Readonly<{ floor: Measured; ours: Measured }>[];
  /** What else was seen, by name with its unit. */
  notes?: Readonly<Record<string, number | string>>;
  /** ISO 8601. */
  measuredAt: string;
}>;

/** Whether a row reaches its goal, in every part of it. */
export function isMet(goal: Goal, ratio: number, p99Ratio: number): boolean {
  const reaches = goal.direction === 'at least' ? ratio >= goal.ratio : ratio <= goal.ratio;
  return reaches && (goal.p99 === undefined || p99Ratio <= goal.p99);
}

/** Judges rates: the medians of the rounds, compared. */
export function judge(
  row: Readonly<{ name: string; title: string; against: string; goal: Goal }>,
  rounds: RowResult['rounds'],
  measuredAt: Date,
): RowResult {
  const middle = (pick: (round: RowResult['rounds'][number]) => number) => median(rounds.map(pick));
  const value = middle(({ ours }) => ours.rate);
  const floor = middle((round) => round.floor.rate);
  const p99 = middle(({ ours }) => ours.p99);
  const floorP99 = middle((round) => round.floor.p99);
  const { goal } = row;
  return {
    name: row.name,
    title: row.title,
    against: row.against,
    unit: 'requests/s',
    value: rounded(value),
    floor: rounded(floor),
    ratio: rounded(value / floor),
    goal: goal.ratio,
    goalDirection: goal.direction,
    // Judged before rounding: 0.597 is not 0.60.
    met: isMet(goal, value / floor, p99 / floorP99),
    p99: rounded(p99),
    floorP99: rounded(floorP99),
    p99Ratio: rounded(p99 / floorP99),
    ...(goal.p99 === undefined ? {} : { p99Goal: goal.p99 }),
    rounds: rounds.map((round) => ({ floor: roundedRound(round.floor), ours: roundedRound(round.ours) })),
    measuredAt: measuredAt.toISOString(),
  };
}

const roundedRound = ({ rate, p50, p99 }: Measured): Measured => ({
  rate: rounded(rate),
  p50: rounded(p50),
  p99: rounded(p99),
});
