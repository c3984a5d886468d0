import { describe, expect, it } from '@jest/globals';
import { createRounds } from './rounds.ts';

/** Work whose every round a test ends; what was begun, and what was complained of. */
function held() {
  const begun: PromiseWithResolvers<void>[] = [];
  const complaints: unknown[] = [];
  const work = (): Promise<void> => {
    const round = Promise.withResolvers<void>();
    begun.push(round);
    return round.promise;
  };
  const rounds = createRounds(work, (error) => complaints.push(error));
  return {
    rounds,
    begun,
    complaints,
    async end(error?: Error): Promise<void> {
      if (error) begun.at(-1)?.reject(error);
      else begun.at(-1)?.resolve();
      await settled();
    },
  };
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('rounds', () => {
  it('are done when woken, each by itself', async () => {
    const { rounds, begun, end } = held();
    expect(begun).toHaveLength(0);
    rounds.wake();
    await end();
    expect(begun).toHaveLength(1);
    rounds.wake();
    expect(begun).toHaveLength(2);
  });

  it('never overlap: woken often meanwhile, there is one more after', async () => {
    const { rounds, begun, end } = held();
    for (let times = 0; times < 5; times += 1) rounds.wake();
    expect(begun).toHaveLength(1);
    await end();
    expect(begun).toHaveLength(2);
    await end();
    expect(begun).toHaveLength(2);
  });

  it('follow a wake-up that came while one failed', async () => {
    const { rounds, begun, end } = held();
    rounds.wake();
    rounds.wake();
    await end(new Error('failed'));
    expect(begun).toHaveLength(2);
  });

  it('follow a wake-up that came in the moment in which one ended', async () => {
    const { rounds, begun } = held();
    rounds.wake();
    void begun[0]?.promise.then(() => rounds.wake());
    begun[0]?.resolve();
    await settled();
    expect(begun).toHaveLength(2);
  });

  it('that fail are complained of once a row, and go on when woken', async () => {
    const { rounds, complaints, end } = held();
    for (const message of ['first', 'second', 'third']) {
      rounds.wake();
      await end(new Error(message));
    }
    expect(complaints).toEqual([new Error('first')]);
    rounds.wake();
    await end();
    rounds.wake();
    await end(new Error('anew'));
    expect(complaints).toEqual([new Error('first'), new Error('anew')]);
  });

  it('are over when disposed, once the one under way is done: nothing comes after', async () => {
    const { rounds, begun, end } = held();
    rounds.wake();
    rounds.wake();
    let isOver = false;
    const closing = rounds[Symbol.asyncDispose]().then(() => {
      isOver = true;
    });
    await settled();
    expect(isOver).toBe(false);
    await end();
    await closing;
    rounds.wake();
    await settled();
    expect(begun).toHaveLength(1);
  });

  it('are over at once when none is under way, and when the last one fails', async () => {
    await held().rounds[Symbol.asyncDispose]();
    const { rounds, complaints, end } = held();
    rounds.wake();
    const closing = rounds[Symbol.asyncDispose]();
    await end(new Error('the last'));
    await closing;
    expect(complaints).toEqual([new Error('the last')]);
  });
});
