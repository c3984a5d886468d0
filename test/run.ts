import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { interrupted, whenInterrupted } from '../stack/interrupt.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { StackError } from '../stack/stack-error.ts';
import { resetState, stateFolder } from '../stack/state.ts';
import { quickPasswords } from './support/quick-passwords.ts';

/**
 * `npm test`: checks the code, starts a stack of its own beside a running one, runs every test, and ends with
 * the line `N passed, N failed`.
 *
 *   npm test                            everything
 *   npm test -- test/realtime           what stands under a folder or in a file
 *   npm test -- -t 'a word of the name' what Jest's own options say
 */

/** Away from a stack on the usual ports; chosen so that no two ports of the two meet (stack/ports.test.ts). */
const TEST_OFFSET = 3_000;
const INSTANCES = 2;
const NODES = 2;
/**
 * The tests' users make more rooms a minute than a person may. test/limits starts instances of its own, with the
 * real limits.
 */
const GENEROUS = { LIMIT_CREATE_ROOM: '1000/1s', LIMIT_JOIN: '10000/1s' };

/** Jest writes its results when the last test is over; what it waits for after this does not come. Milliseconds. */
const ENDS_WITHIN = 20_000;

const root = join(import.meta.dirname, '..');
const results = join(root, 'node_modules', '.cache', 'test-results.json');
const args = process.argv.slice(2);

type Counts = { passed: number; failed: number };

async function main(): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0 };
  if (args.length > 0 && args.every((arg) => /^(src|stack|bench|web)\//.test(arg))) {
    add(counts, await jest(null));
    return counts;
  }
  const starting = startTestStack(Number(process.env['PORT_OFFSET'] ?? TEST_OFFSET));
  // Heard below.
  starting.catch(() => {});
  const isWhole = args.length === 0;
  // What needs no server is done while the servers start.
  if (isWhole) {
    if ((await run('npm', ['run', '--silent', 'check'])) !== 0) counts.failed += 1;
    add(counts, await jest(null));
  }
  const stack = await starting;
  try {
    add(counts, await jest(stack, isWhole ? ['--selectProjects', 'stack'] : []));
  } finally {
    await stack.stop();
  }
  return counts;
}

async function startTestStack(offset: number): Promise<Stack> {
  // Tests begin with empty servers, so that they say the same on the first run and on the hundredth.
  resetState(stateFolder(offset));
  const { signal } = interrupted;
  const stack = await startStack({
    offset,
    instances: INSTANCES,
    nodes: NODES,
    serviceEnv: { LOG_FORMAT: 'json', ...GENEROUS },
    // The tests make many databases side by side.
    env: { STACK_STORE: 'compiled', ...process.env },
    signal,
  });
  await quickPasswords(stack.outputs['KEYCLOAK_ISSUER'] ?? '');
  return stack;
}

async function jest(
  stack: Stack | null,
  projects: readonly string[] = stack ? [] : ['--selectProjects', 'unit'],
): Promise<Counts> {
  mkdirSync(dirname(results), { recursive: true });
  rmSync(results, { force: true });
  const env = {
    ...process.env,
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`,
    ...(stack ? { TEST_STACK: JSON.stringify(describe(stack)) } : {}),
  };
  // An option of many values would take what follows for one of them: not last.
  const options = [...projects, '--json', `--outputFile=${results}`, '--runInBand', ...args];
  const code = await run(
    process.execPath,
    [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...options],
    env,
    () => existsSync(results),
  );
  if (!existsSync(results)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(results, 'utf8')) as {
    numPassedTests: number;
    numFailedTests: number;
    numRuntimeErrorTestSuites: number;
  };
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed };
}

/** What tests need to know of the stack, as test/support/stack.ts reads it. */
function describe(stack: Stack) {
  return {
    outputs: stack.outputs,
    stateDir: stack.stateDir,
    offset: stack.offset,
    instances: Array.from(
      { length: INSTANCES },
      (_, index) => `http://127.0.0.1:${stack.port('service', index)}`,
    ),
    serviceEnv: stack.serviceEnv(0),
  };
}

/** @param isDone when this is so, and the process goes on all the same, it is ended */
function run(
  command: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  isDone: () => boolean = () => false,
): Promise<number> {
  const child = spawn(command, argv, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
  interrupted.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  let doneAt: number | null = null;
  const watching = setInterval(() => {
    doneAt ??= isDone() ? performance.now() : null;
    if (doneAt === null || performance.now() - doneAt < ENDS_WITHIN) return;
    console.error('The tests are over, and something that one of them left open goes on: ended by force.');
    clearInterval(watching);
    child.kill('SIGKILL');
  }, 1_000);
  return new Promise<number>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => clearInterval(watching));
}

function add(counts: Counts, more: Counts): void {
  counts.passed += more.passed;
  counts.failed += more.failed;
}

whenInterrupted();
const counts = await main().catch((error: unknown) => {
  console.error(error instanceof StackError ? error.message : error);
  return { passed: 0, failed: 1 };
});
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
