import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadRequest, load } from './load.ts';
import type { RowResult } from './result.ts';
import type { Bench } from './row.ts';

/** More than three, since a neighbour on this machine can spoil more than one. */
const ROUNDS = 5;
/** Milliseconds of load a round and side: thousands of answers, so that a p99 means something. */
const ROUND = 3_000;
/** The JIT and the pools are settled by then. */
const WARM_UP = 3_000;
/** From one side's load to the next: what it left (garbage, spans to export) is done by then. */
const PAUSE = 300;
/** A round with requests that may not repeat prepares for being so many times as fast as the warm-up. */
const HEADROOM = 2;
/** Before any figure is known. */
const FIRST_GUESS = 6_000;

/** One of the two that are compared. */
export type Side = Readonly<{
  /** `http://host:port` */
  url: string;
  /** Whether `requests` may be sent again and again. */
  repeat: boolean;
  /** Makes the requests of a round, `count` of them unless they may be repeated. Not timed. */
  requests(count: number): Promise<readonly LoadRequest[]>;
  /** Waits until work that outlives its answer is done, so that it does not burden the other side. */
  settle?(): Promise<void>;
}>;

/**
 * Warms both sides up, verifying every answer, then loads them in turn.
 * @throws BenchError when any answer of any round is not what it must be
 */
export async function compare(
  name: string,
  sides: Readonly<{ floor: Side; ours: Side }>,
  { signal, say }: Pick<Bench, 'signal' | 'say'>,
): Promise<RowResult['rounds']> {
  const expected = { floor: FIRST_GUESS, ours: FIRST_GUESS };
  const run = async (which: 'floor' | 'ours', duration: number, verify: boolean) => {
    const side = sides[which];
    const requests = await side.requests(expected[which]);
    const measured = await load({ url: side.url, repeat: side.repeat, requests, duration, verify, signal });
    await side.settle?.();
    await sleep(PAUSE, undefined, { signal });
    return measured;
  };
  for (const which of ['floor', 'ours'] as const) {
    const { rate, count } = await run(which, WARM_UP, true);
    expected[which] = Math.ceil(((rate * ROUND) / 1_000) * HEADROOM);
    say(`${name}: warm-up of ${which === 'ours' ? 'ours' : 'the floor'}: ${count} answers, all verified`);
  }
  const rounds = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const { count: _floors, ...floor } = await run('floor', ROUND, false);
    const { count: _ours, ...ours } = await run('ours', ROUND, false);
    rounds.push({ floor, ours });
    say(
      `${name}: round ${round} of ${ROUNDS}: floor ${floor.rate.toFixed(0)}/s, ours ${ours.rate.toFixed(0)}/s, ` +
        `ratio ${(ours.rate / floor.rate).toFixed(2)}`,
    );
  }
  return rounds;
}
