import { join } from 'node:path';
import { httpReady } from '../stack/run/probe.ts';
import { RunningServer } from '../stack/run/running-server.ts';
import { type Bench, BenchError } from './row.ts';

const checkout = join(import.meta.dirname, '..');

export type Child = Readonly<{
  /** Unique in the run; its output is in the stack's folder of logs under this name. */
  name: string;
  /** A TypeScript file, relative to the checkout. */
  script: string;
  port: number;
  /** Answers 2xx once the server is ready. */
  readyPath: string;
  env: Readonly<Record<string, string>>;
}>;

export type RunningChild = AsyncDisposable & Readonly<{ url: string }>;

/**
 * Starts a server of its own Node process, on the Node that runs the bench, its output in a file as a
 * container's would be. Ends with the bench, however that ends.
 * @throws StackError when it does not become ready
 */
export async function startChild({ stack, signal, fail }: Bench, child: Child): Promise<RunningChild> {
  const url = `http://127.0.0.1:${child.port}`;
  const server = new RunningServer(
    {
      name: child.name,
      command: process.execPath,
      args: [join(checkout, child.script)],
      cwd: checkout,
      env: { ...child.env, PORT: `${child.port}` },
      ready: httpReady(`${url}${child.readyPath}`),
      readyWithinMs: 20_000,
      graceMs: 12_000, // the service drains for up to 10 s
    },
    process.env,
    join(stack.stateDir, 'logs', `${child.name}.log`),
    (crash) => fail(new BenchError(crash.message)),
  );
  await server.start(signal);
  return { url, [Symbol.asyncDispose]: () => server.stop() };
}
