import { symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { portOf } from '../../stack/ports.ts';
import { holderOfPort } from '../../stack/run/port-holder.ts';
import { startStack } from '../../stack/stack.ts';
import { accepts, emptyFolder, eventually, startProcess } from './start-process.ts';

/** Away from a developer's stack (0) and from the one the other tests use (3000). */
const offset = 4700;
const redisPort = portOf('redis', offset);
const env = { PORT_OFFSET: `${offset}` };
const onlyRedis = ['--only', 'redis'];

/** Each starts processes and waits for their end; the slowest takes 6 s here. */
jest.setTimeout(60_000);

/** As long as a server may take until it is ready. */
const isUp = (process: { output(): string }) =>
  eventually(() => process.output().includes('Everything is up'), 'the summary', 25_000).catch((cause) => {
    throw new Error(`it said:\n${process.output()}`, { cause });
  });
function redisPid(): number {
  const holder = holderOfPort({ port: redisPort, protocol: 'tcp' });
  if (holder) return holder.pid;
  throw new Error('nobody listens on the port of redis'); // and pid 0 would be ourselves
}
const redisIsGone = () => eventually(async () => !(await accepts(redisPort)), 'redis ends');

describe('npm start', () => {
  test('a taken port is named in one line, with who has it and what to do', async () => {
    const squatter = createServer().listen(redisPort, '127.0.0.1');
    const started = startProcess(onlyRedis, env);
    expect(await started.exited).toBe(1);
    squatter.close();
    expect(started.output().trim().split('\n')).toEqual([
      expect.stringMatching(
        new RegExp(
          `^port ${redisPort}, which redis needs, is taken by .*\\(pid ${process.pid}\\): .*PORT_OFFSET=`,
        ),
      ),
    ]);
  });

  test('a missing tool is named in one line with the command that installs it', async () => {
    const path = emptyFolder();
    symlinkSync('/bin/true', join(path, 'apt-get')); // a Debian, but we may not install
    const cache = { PATH: path, REALTIME_APT: 'never', REALTIME_CACHE: emptyFolder() };
    const started = startProcess(['--only', 'gateway'], { ...env, ...cache });
    expect(await started.exited).toBe(1);
    const complaints = started
      .output()
      .split('\n')
      .filter((line) => line.includes('needs go'));
    expect(complaints).toEqual([
      'gateway needs go, which is not installed; run: sudo apt-get install -y --no-install-recommends golang-go',
    ]);
  });

  test('Ctrl-C stops every process, passed on by the bootstrap', async () => {
    const started = startProcess(onlyRedis, env, 'bootstrap');
    await isUp(started);
    expect(await accepts(redisPort)).toBe(true);
    started.child.kill('SIGINT');
    expect(await started.exited).toBe(0);
    expect(await accepts(redisPort)).toBe(false);
    expect(started.output()).toContain('stopping');
  });

  test('a second Ctrl-C kills what does not want to stop', async () => {
    const started = startProcess(onlyRedis, env);
    await isUp(started);
    process.kill(redisPid(), 'SIGSTOP'); // it will not hear the first
    started.child.kill('SIGINT');
    await eventually(() => started.output().includes('stopping'), 'the first is heard');
    await new Promise((resolve) => setTimeout(resolve, 500)); // else it is the same keystroke
    started.child.kill('SIGINT');
    expect(await started.exited).toBe(130);
    expect(await accepts(redisPort)).toBe(false);
  });

  test('a server that ends by itself ends the rest, and is named with its log', async () => {
    const started = startProcess(['--only', 'redis,livekit'], env);
    await isUp(started);
    process.kill(redisPid(), 'SIGKILL');
    expect(await started.exited).toBe(1);
    expect(started.output()).toContain('redis ended by itself (SIGKILL)');
    expect(started.output()).toMatch(/whole log: .*redis\.log/);
    expect(await accepts(portOf('livekit', offset))).toBe(false);
  });

  test('kill -9 of the stack leaves no process', async () => {
    const started = startProcess(onlyRedis, env);
    await isUp(started);
    started.child.kill('SIGKILL');
    await started.exited;
    await redisIsGone();
  });

  test('kill -9 of the bootstrap leaves no process', async () => {
    const started = startProcess(onlyRedis, env, 'bootstrap');
    await isUp(started);
    started.child.kill('SIGKILL');
    await redisIsGone();
  });
});

describe('startStack', () => {
  const options = { offset, only: ['redis'], quiet: true };

  test('a server can be killed, restarted and stopped by name', async () => {
    await using stack = await startStack({ ...options, stateDir: emptyFolder(), keepOutput: false });
    const before = stack.server('redis').pid;
    await stack.server('redis').kill();
    expect(await accepts(redisPort)).toBe(false);
    await stack.server('redis').start();
    expect(stack.server('redis').pid).not.toBe(before);
    expect(await accepts(redisPort)).toBe(true);
    await stack.server('redis').stop();
    expect(await accepts(redisPort)).toBe(false);
    expect(() => stack.server('mongodb')).toThrow('no server "mongodb" was started');
  });

  test('a second stack on the same state folder is refused', async () => {
    const stateDir = emptyFolder();
    await using _stack = await startStack({ ...options, stateDir });
    await expect(startStack({ ...options, stateDir })).rejects.toThrow(/a stack is running already on/);
  });
});
