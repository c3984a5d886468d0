import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { redis as description } from '../../stack/servers/redis.ts';
import { eventually } from './eventually.ts';
import { freePort } from './service-process.ts';

/** A Redis of this test's own, to stop, freeze and empty: the stack's is everybody's. Disposing kills it. */
export type PrivateRedis = AsyncDisposable &
  Readonly<{
    url: string;
    start(): Promise<void>;
    stop(): Promise<void>;
    /** From now on it takes what is sent and answers nothing, until it is thawed. */
    freeze(): void;
    thaw(): void;
    empty(): Promise<void>;
    /** What stands under these keys; null where nothing does. */
    read(...keys: readonly string[]): Promise<(string | null)[]>;
  }>;

export async function startPrivateRedis(): Promise<PrivateRedis> {
  const program = await description.installation.find(process.env);
  if (program === undefined) throw new Error('there is no redis-server on the PATH');
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;

  async function ask<T>(question: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      return await question(client);
    } finally {
      client.disconnect();
    }
  }
  async function start(): Promise<void> {
    const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    child = spawn(program ?? '', args, { cwd: tmpdir(), stdio: 'ignore' });
    await eventually(() => ask((client) => client.ping()));
  }
  async function stop(): Promise<void> {
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    child = null;
  }
  await start();
  return {
    url,
    start,
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    empty: async () => void (await ask((client) => client.flushall())),
    read: (...keys) => ask((client) => client.mget(...keys)),
    [Symbol.asyncDispose]: stop,
  };
}
