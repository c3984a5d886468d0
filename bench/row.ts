import type { Stack } from '../stack/stack.ts';
import type { Issuer } from './issuer.ts';
import type { RowResult } from './result.ts';

/** What every row may use. */
export type Bench = Readonly<{
  /** MongoDB, Redis, LiveKit, NATS and Zipkin; started once for all rows. */
  stack: Stack;
  /** In Keycloak's place. */
  issuer: Issuer;
  /** Aborts at Ctrl-C, or when a server that is needed has ended by itself. */
  signal: AbortSignal;
  /** Ends the run because of a server that ended by itself. */
  fail(reason: Error): void;
  /** Shows one line of progress. */
  say(line: string): void;
}>;

/** One line of the table. A file in `bench/rows/` each, listed in `bench/rows.ts`. */
export type Row = Readonly<{
  name: string;
  /** A short paragraph: how it is measured. */
  method: string;
  /** Starts what it measures, measures it against its floor, stops what it started. */
  run(bench: Bench): Promise<RowResult>;
}>;

/** A measurement that may not count: a wrong answer, a server that is gone. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
}

/**
 * The rows to run: all, or those whose name begins with one of `prefixes`.
 * @throws BenchError for a prefix of none
 */
export function selectRows<T extends Pick<Row, 'name'>>(
  rows: readonly T[],
  prefixes: readonly string[],
): T[] {
  for (const prefix of prefixes)
    if (!rows.some(({ name }) => name.startsWith(prefix)))
      throw new BenchError(
        `no row begins with "${prefix}"; there are ${rows.map(({ name }) => name).join(', ')}`,
      );
  if (prefixes.length === 0) return [...rows];
  return rows.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)));
}
