import { describe, expect, it } from '@jest/globals';
import { KeyedQueue } from './keyed-queue.ts';

const { withResolvers } = Promise;
const gate = () => withResolvers.call(Promise) as PromiseWithResolvers<void>;
/** Lets everything that can run now run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('KeyedQueue', () => {
  it('runs work of one key one after the other, in the order in which it came', async () => {
    const queue = new KeyedQueue();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await settled();
      log.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all(['a', 'b', 'c'].map((name) => queue.run('room', work(name))));
    expect(results).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('does not let one key wait for another', async () => {
    const queue = new KeyedQueue();
    const held = gate();
    const slow = queue.run('slow', () => held.promise);
    await expect(queue.run('quick', async () => 'done')).resolves.toBe('done');
    held.resolve();
    await slow;
  });

  it('passes an error to its caller alone, and the next one runs', async () => {
    const queue = new KeyedQueue();
    const failing = queue.run('room', async () => {
      throw new Error('a refusal');
    });
    const next = queue.run('room', async () => 'done');
    await expect(failing).rejects.toThrow('a refusal');
    await expect(next).resolves.toBe('done');
  });

  it('takes work that throws before it waits for anything like any that fails', async () => {
    const queue = new KeyedQueue();
    const failing = queue.run('room', () => {
      throw new Error('at once');
    });
    await expect(failing).rejects.toThrow('at once');
    await expect(queue.run('room', async () => 'done')).resolves.toBe('done');
  });

  it('refuses the thousand-and-first that waits for one key, and takes work again when some is done', async () => {
    const queue = new KeyedQueue();
    const held = gate();
    const waiting = Array.from({ length: 1_000 }, () => queue.run('room', () => held.promise));

    await expect(queue.run('room', async () => {})).rejects.toMatchObject({ code: 'BUSY' });
    await expect(queue.run('other', async () => 'done')).resolves.toBe('done');

    held.resolve();
    await Promise.all(waiting);
    await expect(queue.run('room', async () => 'done')).resolves.toBe('done');
  });

  it('keeps the order across a moment in which the key had nothing to do', async () => {
    const queue = new KeyedQueue();
    const log: number[] = [];
    for (const round of [1, 2, 3]) {
      await queue.run('room', async () => void log.push(round));
      await settled();
    }
    expect(log).toEqual([1, 2, 3]);
  });
});
