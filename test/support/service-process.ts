import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './eventually.ts';
import { stack } from './stack.ts';

const checkout = join(import.meta.dirname, '..', '..');

/** `node src/main.ts`, as an operator's machine runs it. Disposing kills what is left of it. */
export type ServiceProcess = AsyncDisposable &
  Readonly<{
    child: ChildProcess;
    stdout(): string;
    stderr(): string;
    /** The exit code; fails the test when it has not ended by then. */
    exit(within: number): Promise<number | null>;
  }>;

/** @param env its whole environment */
export function runService(env: Readonly<Record<string, string>>): ServiceProcess {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: checkout,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.stderr += chunk;
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    child,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    async exit(within) {
      const late = sleep(within, undefined, { ref: false }).then(() => {
        throw new Error(`still running after ${within} ms; it said:\n${text.stdout}${text.stderr}`);
      });
      const [code] = await Promise.race([closed, late]);
      return code;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await closed;
    },
  };
}

/** The same, with settings that are right, once it is ready. */
export async function runReadyService(
  settings: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess & Readonly<{ url: string; port: number }>> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const service = runService({ ...goodSettings(port), ...settings });
  try {
    await eventually(async () => {
      if (service.child.exitCode !== null) throw new Error(`it ended: ${service.stderr()}`);
      const { status } = await fetch(`${url}/health/ready`);
      if (status !== 200) throw new Error(`not ready: ${status}`);
    }, 20_000);
  } catch (cause) {
    await service[Symbol.asyncDispose]();
    throw new Error(`not ready; it said:\n${service.stdout()}${service.stderr()}`, { cause });
  }
  return { ...service, url, port };
}

export const goodSettings = (port: number): Record<string, string> => ({
  ...stack.serviceEnv,
  PORT: `${port}`,
  METRICS_PORT: '', // the stack's own instance has it
  INSTANCE_ID: 'service-process-test',
  LOG_FORMAT: 'json',
  NODE_OPTIONS: '',
});

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const holder = await takenPort();
  await holder[Symbol.asyncDispose]();
  return holder.port;
}

/** A port that someone listens at, who takes connections and says nothing. */
export async function takenPort(): Promise<
  AsyncDisposable & Readonly<{ port: number; connections(): number }>
> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.on('error', () => {});
    server.once('close', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.emit('close');
      });
    },
  };
}
