import { describe, expect, it } from '@jest/globals';
import type { ChatPage } from '../../api/types.ts';
import { aMessage, at } from './a-person.ts';
import {
  type ChatLog,
  emptyLog,
  withMessage,
  withoutFailed,
  withoutPending,
  withPage,
  withPending,
} from './chat-log.ts';

/** As the service answers it: newest first. */
const page = (numbers: number[], next: string | null = null): ChatPage => ({
  messages: numbers.map((number) => aMessage(number)),
  next,
});
const numbers = ({ messages }: ChatLog): number[] => messages.map(({ id }) => Number(id.split('-')[1]));
const told = (log: ChatLog, ...of: number[]): ChatLog =>
  of.reduce((so, number) => withMessage(so, aMessage(number)), log);

describe('a message', () => {
  it('stands once, whether told or acknowledged first', () => {
    const log = told(emptyLog, 1, 2);
    expect(withMessage(log, aMessage(1, { message: 'again' }))).toBe(log);
  });

  it('stands where its moment is, and after those of the same moment', () => {
    expect(numbers(told(emptyLog, 3, 1, 2))).toEqual([1, 2, 3]);
    const log = withMessage(told(emptyLog, 2, 3), aMessage(1, { createdAt: at(2) }));
    expect(numbers(log)).toEqual([2, 1, 3]);
  });
});

describe('the history', () => {
  it('is read oldest first, and leads on to what is older', () => {
    const log = withPage(emptyLog, page([4, 3], 'before-3'));
    expect(numbers(log)).toEqual([3, 4]);
    expect(log.older).toBe('before-3');
    const all = withPage(log, page([2, 1]));
    expect(numbers(all)).toEqual([1, 2, 3, 4]);
    expect(all.older).toBeNull();
  });

  it('of a room where nothing was said has nothing older', () => {
    expect(withPage(emptyLog, page([]))).toEqual({ messages: [], pending: [], older: null });
  });

  it('of one moment is read in the order in which it was said', () => {
    const messages = [2, 1].map((number) => aMessage(number, { createdAt: at(0) }));
    expect(numbers(withPage(emptyLog, { messages, next: null }))).toEqual([1, 2]);
  });

  it('lets what was told meanwhile stand', () => {
    const log = withPage(told(emptyLog, 4, 5), page([4, 3], 'before-3'));
    expect(numbers(log)).toEqual([3, 4, 5]);
    expect(log.older).toBe('before-3');
  });

  it('read anew after a cut fills in what was missed, and still leads on from the oldest', () => {
    const log = withPage(withPage(emptyLog, page([4, 3], 'before-3')), page([2, 1], 'before-1'));
    const anew = withPage(log, page([6, 5, 4], 'before-4'));
    expect(numbers(anew)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(anew.older).toBe('before-1');
    expect(withPage(anew, page([6, 5, 4], 'before-4'))).toEqual(anew);
  });

  it('leads into the gap when more was missed than a page holds', () => {
    const log = withPage(emptyLog, page([2, 1], 'before-1'));
    expect(withPage(log, page([9, 8], 'before-8')).older).toBe('before-8');
  });

  it('leads through that gap and on, down to the first word', () => {
    const service: Record<string, ChatPage> = {
      'before-8': page([7, 6, 5], 'before-5'),
      'before-5': page([4, 3, 2], 'before-2'),
      'before-2': page([1, 0]),
    };
    let log = withPage(withPage(emptyLog, page([5, 4, 3], 'before-3')), page([10, 9, 8], 'before-8'));
    for (let times = 0; times < 5 && log.older; times += 1)
      log = withPage(log, service[log.older] ?? page([]), log.older);
    expect(numbers(log)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(log.older).toBeNull();
  });
});

describe("one's own words on their way", () => {
  const [first, second] = ['first', 'second'].map((localId) => ({ localId, text: 'Hello', failed: null }));
  const log = withPending(withPending(emptyLog, first as never), second as never);

  it('stand in their order, each once', () => {
    expect(log.pending).toEqual([first, second]);
    const again = { localId: 'first', text: 'Hello', failed: 'UNREACHABLE' } as const;
    expect(withPending(log, again).pending).toEqual([second, again]);
  });

  it('go when they are there', () => {
    expect(withoutPending(log, 'first').pending).toEqual([second]);
  });

  it('go when they seemed lost and are told of: one saying for each', () => {
    const lost = ['first', 'second'].reduce(
      (so, localId) => withPending(so, { localId, text: 'Hello', failed: 'UNREACHABLE' }),
      emptyLog,
    );
    expect(withoutFailed(lost, 'Hello').pending.map(({ localId }) => localId)).toEqual(['second']);
    expect(withoutFailed(lost, 'Goodbye')).toBe(lost);
    expect(withoutFailed(log, 'Hello')).toBe(log);
  });
});
