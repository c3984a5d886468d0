import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { whenOpen } from './when-open.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Something that can be opened after so many attempts. */
function door(failures: number) {
  const state = { attempts: 0, complaints: 0, isClosed: false };
  const thing = {
    async [Symbol.asyncDispose]() {
      state.isClosed = true;
    },
  };
  const open = async () => {
    state.attempts += 1;
    if (state.attempts <= failures) throw new Error('away');
    return thing;
  };
  const onFailed = () => {
    state.complaints += 1;
  };
  return { state, thing, open, onFailed };
}

describe('what is opened when it can be', () => {
  it('is there at once, and closed in the end', async () => {
    const { state, thing, open, onFailed } = door(0);
    const opening = await whenOpen({ open, mayFail: true, onFailed });
    expect(opening.now()).toBe(thing);
    await opening[Symbol.asyncDispose]();
    expect(state).toEqual({ attempts: 1, complaints: 0, isClosed: true });
  });

  it('is there later when it could not be opened, which is said once', async () => {
    const { state, thing, open, onFailed } = door(2);
    const opening = await whenOpen({ open, mayFail: true, onFailed });
    expect(opening.now()).toBeNull();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(opening.now()).toBeNull();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(opening.now()).toBe(thing);
    await jest.advanceTimersByTimeAsync(20_000);
    expect([state.attempts, state.complaints]).toEqual([3, 1]);
    await opening[Symbol.asyncDispose]();
  });

  it('is thrown when it must not fail', async () => {
    const { open, onFailed } = door(1);
    await expect(whenOpen({ open, mayFail: false, onFailed })).rejects.toThrow('away');
  });
});
