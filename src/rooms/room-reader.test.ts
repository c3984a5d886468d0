import { describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { startTestTracing } from '../../test/support/test-tracing.ts';
import { createBatchReader } from './room-reader.ts';

/** A store whose answers the test gives out one by one. */
function controlledStore() {
  const asked: { ids: string[]; answer: PromiseWithResolvers<{ _id: string; read: number }[]> }[] = [];
  const read = createBatchReader((ids) => {
    const answer = Promise.withResolvers<{ _id: string; read: number }[]>();
    asked.push({ ids, answer });
    return answer.promise;
  });
  const answer = (index: number, ...present: string[]) =>
    asked[index]?.answer.resolve(present.map((_id) => ({ _id, read: index })));
  return { read, asked, answer };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('reading in batches', () => {
  it('sends the first read at once, and what is asked meanwhile together, each id once', async () => {
    const { read, asked, answer } = controlledStore();
    const answers = [read('a'), read('b'), read('a'), read('c')];
    expect(asked.map(({ ids }) => ids)).toEqual([['a']]);
    answer(0, 'a');
    await settled();
    expect(asked.map(({ ids }) => ids)).toEqual([['a'], ['b', 'a', 'c']]);
    answer(1, 'a', 'c');
    expect(await Promise.all(answers)).toEqual([
      { _id: 'a', read: 0 },
      null,
      { _id: 'a', read: 1 },
      { _id: 'c', read: 1 },
    ]);
  });

  it('never answers from a read that was sent before it was asked', async () => {
    const { read, answer } = controlledStore();
    const first = read('a');
    const second = read('a');
    answer(0, 'a');
    await settled();
    answer(1, 'a');
    expect([(await first)?.read, (await second)?.read]).toEqual([0, 1]);
  });

  it('tells everybody who waits when a read fails, and reads again for those who come after', async () => {
    const { read, asked, answer } = controlledStore();
    const failing = [read('a'), read('b')].map((promise) => promise.catch((error: Error) => error.message));
    asked[0]?.answer.reject(new Error('down'));
    expect(await Promise.all(failing)).toEqual(['down', 'down']);
    await settled();
    const later = read('c');
    answer(1, 'c');
    expect(await later).toEqual({ _id: 'c', read: 1 });
  });

  it('queries in the trace of the request that asked first for something of the batch', async () => {
    await using _tracing = startTestTracing();
    const seenBy: (string | undefined)[] = [];
    const read = createBatchReader<{ _id: string }>(async () => {
      seenBy.push(trace.getActiveSpan()?.spanContext().traceId);
      return [];
    });
    const asked = (id: string) =>
      trace.getTracer('test').startActiveSpan(id, async (span) => {
        await read(id);
        span.end();
        return span.spanContext().traceId;
      });
    const [first, second] = await Promise.all(['a', 'b', 'c'].map(asked));
    expect(seenBy).toEqual([first, second]);
    expect(first).not.toBe(second);
  });
});
