import { parseArgs } from 'node:util';
import { forceful, interrupted, whenInterrupted } from './interrupt.ts';
import { parseOffset } from './ports.ts';
import { type Stack, startStack } from './stack.ts';
import { messageOf, StackError } from './stack-error.ts';
import { summaryOf } from './summary.ts';

const usage = `npm start -- [options]
  --instances <n>    so many instances of the service (default 1)
  --nodes <n>        so many nodes of LiveKit, 1 or 2 (default 1)
  --nats <n>         so many servers of NATS, 1 or 3 (default 1)
  --only <a,b>       start only these servers and what they need
  --without <a,b>    start all but these
PORT_OFFSET=<n> moves every port. See stack/README.md.`;

const names = (values: readonly string[] | undefined): readonly string[] | undefined =>
  values?.flatMap((value) => value.split(',')).filter(Boolean);

function readOptions() {
  const { values } = parseArgs({
    options: {
      instances: { type: 'string', default: '1' },
      nodes: { type: 'string', default: '1' },
      nats: { type: 'string', default: '1' },
      only: { type: 'string', multiple: true },
      without: { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const instances = Number(values.instances);
  if (!Number.isInteger(instances) || instances < 1 || instances > 9) {
    throw new StackError(`--instances must be a whole number from 1 to 9, not "${values.instances}"`);
  }
  // A third would take the gateway's port.
  if (!['1', '2'].includes(values.nodes))
    throw new StackError(`--nodes must be 1 or 2, not "${values.nodes}"`);
  // Two could not outvote each other.
  if (!['1', '3'].includes(values.nats)) throw new StackError(`--nats must be 1 or 3, not "${values.nats}"`);
  const only = names(values.only);
  return {
    help: values.help,
    offset: parseOffset(process.env['PORT_OFFSET']),
    instances,
    nodes: Number(values.nodes),
    natsServers: Number(values.nats),
    ...(only && { only }),
    without: names(values.without) ?? [],
  };
}

/** A StackError, a bad option: the person can mend it, so the line is enough. Else it is our mistake. */
function explain(error: unknown): string {
  const isTheirs = error instanceof StackError || error instanceof RangeError || error instanceof TypeError;
  return isTheirs || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
}

async function main(): Promise<void> {
  const { help, ...options } = readOptions();
  if (help) return console.log(usage);
  let stack: Stack | undefined;
  const crashed = Promise.withResolvers<void>();
  whenInterrupted();
  forceful.signal.addEventListener('abort', () => {
    void (stack?.kill() ?? Promise.resolve()).finally(() => process.exit(130));
  });
  const started = performance.now();
  stack = await startStack({
    ...options,
    signal: interrupted.signal,
    onCrash(crash) {
      console.error(`\n${crash.message}\nThe other servers were stopped.`);
      process.exitCode = 1;
      crashed.resolve();
    },
  });
  console.log(summaryOf(stack, Math.round((performance.now() - started) / 1000)));
  const stop = Promise.withResolvers<void>();
  interrupted.signal.addEventListener('abort', () => stop.resolve(), { once: true });
  await Promise.race([stop.promise, crashed.promise]);
  if (interrupted.signal.aborted) console.log('\nstopping …');
  await stack.stop();
}

try {
  await main();
} catch (error) {
  if (!interrupted.signal.aborted) console.error(`\n${explain(error)}`);
  process.exitCode = interrupted.signal.aborted ? 130 : 1;
}
// Whatever a library left open must not keep a stopped stack alive.
process.exit();
