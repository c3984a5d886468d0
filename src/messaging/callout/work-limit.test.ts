import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { createWorkLimit } from './work-limit.ts';

function aLimit(atOnce: number, waiting: number) {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const limit = createWorkLimit<number>({ atOnce, waiting }, (item) => {
    begun.push(item);
    return new Promise((resolve) => ends.set(item, resolve));
  });
  return { ...limit, begun, end: (item: number) => ends.get(item)?.() };
}

it('does so much at once, the rest in its order, and turns away what is too much', async () => {
  const limit = aLimit(2, 2);
  expect([1, 2, 3, 4, 5].map(limit.take)).toEqual([true, true, true, true, false]);
  expect(limit.begun).toEqual([1, 2]);
  limit.end(2);
  await turn();
  expect(limit.begun).toEqual([1, 2, 3]);
  expect(limit.take(6)).toBe(true);
  limit.end(1);
  limit.end(3);
  await turn();
  expect(limit.begun).toEqual([1, 2, 3, 4, 6]);
});

it('is done when everything is that was taken', async () => {
  const limit = aLimit(1, 1);
  limit.take(1);
  limit.take(2);
  let isDone = false;
  const done = limit.done().then(() => {
    isDone = true;
  });
  limit.end(1);
  await turn();
  expect(isDone).toBe(false);
  limit.end(2);
  await done;
  expect(limit.begun).toEqual([1, 2]);
});
