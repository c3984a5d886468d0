import { forceful, interrupted, whenInterrupted } from '../stack/interrupt.ts';
import { parseOffset } from '../stack/ports.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { messageOf, StackError } from '../stack/stack-error.ts';
import { startIssuer } from './issuer.ts';
import { describeMachine } from './machine.ts';
import type { RowResult } from './result.ts';
import { mergeRows, readRows, writeResults } from './results.ts';
import { type Bench, BenchError, type Row, selectRows } from './row.ts';
import { allRows } from './rows.ts';

/** Beside a stack at 0 and the tests' own. */
const OFFSET = '4500';
/** Some hundred users make all the load. Each join is counted in Redis as in life, and none refused. */
const GENEROUS = { LIMIT_CREATE_ROOM: '1000000/1s', LIMIT_JOIN: '1000000/1s' };
const SERVERS = ['mongodb', 'redis', 'livekit', 'nats', 'zipkin'];

const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`);

/** `npm run bench [-- <row>…]`: runs all rows, or those whose name begins so, and writes what came out. */
async function main(prefixes: readonly string[]): Promise<void> {
  const rows = selectRows(allRows, prefixes);
  const failure = new AbortController();
  const signal = AbortSignal.any([interrupted.signal, failure.signal]);
  const fail = (reason: Error): void => failure.abort(reason);
  let stack: Stack | undefined;
  whenInterrupted();
  forceful.signal.addEventListener('abort', () => {
    void (stack?.kill() ?? Promise.resolve()).finally(() => process.exit(130));
  });
  stack = await startStack({
    offset: parseOffset(process.env['PORT_OFFSET'] || OFFSET),
    only: SERVERS,
    serviceEnv: GENEROUS,
    env: { STACK_STORE: 'compiled', ...process.env },
    signal,
    onCrash: ({ message }) => fail(new StackError(message)),
  });
  try {
    // Keycloak's own number, since this stack has none.
    await using issuer = await startIssuer(stack.port('keycloak'));
    const machine = await describeMachine(stack);
    const command = ['npm run bench', ...(prefixes.length > 0 ? ['--', ...prefixes] : [])].join(' ');
    for (const row of rows) {
      const result = await runRow(row, { stack, issuer, signal, fail, say });
      if (!result) continue;
      const merged = mergeRows(
        readRows(),
        [result],
        allRows.map(({ name }) => name),
      );
      writeResults({ machine, command, rows: merged }, allRows);
    }
  } finally {
    say('stopping');
    await stack.stop();
  }
}

/** @returns undefined when the row failed: the others still run, and the last result of this one stays */
async function runRow(row: Row, bench: Bench): Promise<RowResult | undefined> {
  try {
    const result = await row.run(bench);
    const { name, value, floor, unit, ratio, p99Ratio, met } = result;
    say(
      `${name}: ${value} ${unit} against ${floor}: ratio ${ratio}, p99 ratio ${p99Ratio}: ${met ? 'met' : 'MISSED'}`,
    );
    return result;
  } catch (error) {
    if (bench.signal.aborted) throw bench.signal.reason;
    console.error(`\n${row.name} FAILED: ${explain(error)}\n`);
    process.exitCode = 1;
    return undefined;
  }
}

/** What the person can mend is told in a line; anything else is our mistake. */
function explain(error: unknown): string {
  const isPlain = error instanceof BenchError || error instanceof StackError || error instanceof RangeError;
  return isPlain || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!interrupted.signal.aborted) console.error(`\n${explain(error)}`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}
// Whatever a library left open must not keep a finished bench alive.
process.exit();
