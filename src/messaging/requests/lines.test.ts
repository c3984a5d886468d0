import { describe, expect, it } from '@jest/globals';
import { createLines, type InLine, type Lines, type Place } from './lines.ts';

/** The queue that instances share: of each line, what is not done, in order. */
function sharedQueue(...requests: InLine[]) {
  const left = [...requests];
  const listeners = new Set<{ line: string; wake: () => void }>();
  return {
    left,
    placeOf: async ({ line, seq }: InLine): Promise<Place> => {
      const first = left.filter((one) => one.line === line).sort((a, b) => a.seq - b.seq)[0];
      if (!first || first.seq > seq) return 'gone';
      return first.seq === seq ? 'first' : 'behind';
    },
    listen(line: string, wake: () => void) {
      const listener = { line, wake };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    done({ line, seq }: InLine) {
      left.splice(
        left.findIndex((one) => one.line === line && one.seq === seq),
        1,
      );
      for (const listener of listeners) if (listener.line === line) listener.wake();
    },
    listening: () => listeners.size,
  };
}

const request = (line: string, seq: number): InLine => ({ line, seq });
const turns = async (times = 20) => {
  for (let n = 0; n < times; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** An instance that works on what it is told to finish. */
function instance(queue: ReturnType<typeof sharedQueue>, workers = 3, rest = 0) {
  const begun: string[] = [];
  const working = new Map<string, () => void>();
  const lines: Lines<InLine> = createLines({
    workers,
    placeOf: queue.placeOf,
    listen: queue.listen,
    async work(one) {
      const name = `${one.line}${one.seq}`;
      begun.push(name);
      await new Promise<void>((resolve) => working.set(name, resolve));
      queue.done(one);
      return rest;
    },
  });
  return {
    lines,
    begun,
    working,
    async finish(name: string) {
      working.get(name)?.();
      working.delete(name);
      await turns();
    },
  };
}

describe('requests in lines', () => {
  it('are begun one after the other in each line, and side by side in different ones', async () => {
    const all = [request('a', 1), request('a', 2), request('b', 3)];
    const { lines, begun, finish } = instance(sharedQueue(...all));
    for (const one of all) lines.take(one);
    await turns();
    expect(begun).toEqual(['a1', 'b3']);
    await finish('a1');
    expect(begun).toEqual(['a1', 'b3', 'a2']);
  });

  it('are in their order though they came in another', async () => {
    const all = [request('a', 3), request('a', 1), request('a', 2)];
    const { lines, begun, finish } = instance(sharedQueue(...all));
    for (const one of all) lines.take(one);
    await turns();
    for (const name of ['a1', 'a2', 'a3']) await finish(name);
    expect(begun).toEqual(['a1', 'a2', 'a3']);
  });

  it('wait for an earlier one that another instance has, and go on as soon as that is done', async () => {
    const all = [request('a', 1), request('a', 2)];
    const queue = sharedQueue(...all);
    const [one, other] = [instance(queue), instance(queue)];
    other.lines.take(request('a', 2));
    await turns();
    one.lines.take(request('a', 1));
    await turns();
    expect([one.begun, other.begun]).toEqual([['a1'], []]);
    await one.finish('a1');
    expect(other.begun).toEqual(['a2']);
    await other.finish('a2');
    expect(queue.listening()).toBe(0);
  });

  it('are not overtaken by later ones when they are tried again', async () => {
    const queue = sharedQueue(request('a', 1), request('a', 2));
    const begun: number[] = [];
    let fails = true;
    const lines = createLines<InLine>({
      workers: 1,
      placeOf: queue.placeOf,
      listen: queue.listen,
      async work(one) {
        begun.push(one.seq);
        if (one.seq === 1 && fails) fails = false;
        else queue.done(one);
        return 0;
      },
    });
    lines.take(request('a', 1));
    lines.take(request('a', 2));
    await turns();
    expect(begun).toEqual([1]);
    // Given out once more.
    lines.take(request('a', 1));
    await turns();
    expect(begun).toEqual([1, 1, 2]);
  });

  it('that wait for others hold no worker', async () => {
    const queue = sharedQueue(request('a', 1), request('a', 2), request('b', 3));
    const { lines, begun } = instance(queue, 1);
    lines.take(request('a', 2));
    await turns();
    expect(lines.free()).toBe(1);
    lines.take(request('b', 3));
    await turns();
    expect(begun).toEqual(['b3']);
    expect(lines.free()).toBe(0);
  });

  it('are worked on by no more than there are workers', async () => {
    const all = ['a', 'b', 'c', 'd'].map((line, index) => request(line, index));
    const { lines, begun, finish } = instance(sharedQueue(...all), 2);
    for (const one of all) lines.take(one);
    await turns();
    expect(begun).toEqual(['a0', 'b1']);
    await finish('b1');
    expect(begun).toEqual(['a0', 'b1', 'c2']);
  });

  it('are done once though they came twice', async () => {
    const queue = sharedQueue(request('a', 1), request('a', 2));
    const { lines, begun, finish } = instance(queue);
    for (const seq of [1, 2, 2, 1]) lines.take(request('a', seq));
    await turns();
    lines.take(request('a', 1));
    await turns();
    for (const name of ['a1', 'a2']) await finish(name);
    expect(begun).toEqual(['a1', 'a2']);
  });

  it('that are done already are let go', async () => {
    const queue = sharedQueue(request('a', 2));
    const { lines, begun } = instance(queue);
    lines.take(request('a', 1));
    lines.take(request('a', 2));
    await turns();
    expect(begun).toEqual(['a2']);
    expect([...lines.held()]).toEqual([request('a', 2)]);
  });

  it('rest when they are told to, and meanwhile others are done', async () => {
    const all = [request('a', 1), request('a', 2), request('b', 3)];
    const { lines, begun, finish } = instance(sharedQueue(...all), 1, 60_000);
    for (const one of all) lines.take(one);
    await turns();
    await finish('a1');
    expect(begun).toEqual(['a1', 'b3']);
    await finish('b3');
    expect(lines.stop().left).toEqual([request('a', 2)]);
  });

  it('are given back when it stops, but for those that are worked on, which are finished', async () => {
    const all = [request('a', 1), request('a', 2), request('b', 4)];
    const { lines, begun, finish } = instance(sharedQueue(...all, request('b', 3)));
    for (const one of all) lines.take(one);
    await turns();
    const { left, finished } = lines.stop();
    expect(left).toEqual([request('a', 2), request('b', 4)]);
    await finish('a1');
    await finished;
    expect(begun).toEqual(['a1']);
    expect(lines.free()).toBe(0);
  });
});
