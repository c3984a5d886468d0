import { describe, expect, it, jest } from '@jest/globals';
import { type ErrorCode, ServiceError } from '../../errors.ts';
import type { RateLimits } from '../../limits/index.ts';
import { createAnswering } from './answering.ts';
import type { RequestHandlers } from './handlers.ts';

const asking = { roomId: 'a-room', userId: 'a-user', once: 'a-uuid' };
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function answeringWith(more: Partial<RequestHandlers> = {}, allowed = true) {
  const take = jest.fn<RateLimits['take']>(async (name) => ({
    name,
    allowed,
    points: 10,
    remaining: 0,
    resetAfter: 700,
    per: 1_000,
  }));
  const handlers = {
    async REQ_RAISE_HAND() {
      return { isHandRaised: true };
    },
    ...more,
  };
  return { take, answerTo: createAnswering({ handlers: handlers as RequestHandlers, limits: { take } }) };
}
const raise = bytes({ type: 'REQ_RAISE_HAND', id: 'one' });

describe('a request', () => {
  it('is answered by its own id, with what its handler says', async () => {
    const { answerTo } = answeringWith();
    expect(await answerTo(raise, asking, true)).toEqual({
      answer: { type: 'RES_RAISE_HAND', id: 'one', data: { isHandRaised: true } },
      type: 'REQ_RAISE_HAND',
      rest: 0,
    });
  });

  it('counts once, however often it is tried, and for its own kind', async () => {
    const { take, answerTo } = answeringWith();
    await answerTo(raise, asking, true);
    await answerTo(raise, asking, false);
    expect(take.mock.calls).toEqual([['socket-event', 'a-user:REQ_RAISE_HAND']]);
  });

  it('that is a message counts with those of other doors', async () => {
    const { take, answerTo } = answeringWith({
      async REQ_CHAT_MESSAGE() {
        return {};
      },
    });
    await answerTo(bytes({ type: 'REQ_CHAT_MESSAGE', id: '1', data: { message: 'x' } }), asking, true);
    expect(take.mock.calls).toEqual([['chat', 'a-user']]);
  });

  it.each(['x', '{}', '{"type":"REQ_NONE","id":"1"}', '{"type":"toString","id":"1"}'])(
    'that is none counts too, under no name of its sender’s: %s',
    async (text) => {
      const { take, answerTo } = answeringWith();
      await answerTo(Buffer.from(text), asking, true);
      expect(take.mock.calls).toEqual([['socket-event', 'a-user:unknown']]);
    },
  );

  it('too many is refused with when to try again, and the next one waits', async () => {
    const { answerTo } = answeringWith({}, false);
    expect(await answerTo(raise, asking, true)).toMatchObject({
      answer: { type: 'ERR', id: 'one', error: { code: 'RATE_LIMITED', retryAfter: 700 } },
      rest: 700,
    });
  });

  it.each<ErrorCode>(['NO_SEAT', 'KICKED', 'ROOM_NOT_FOUND', 'TOKEN_EXPIRED', 'NOT_HOST'])(
    'that is refused with %s is answered, and not tried again',
    async (code) => {
      const { answerTo } = answeringWith({
        async REQ_RAISE_HAND() {
          throw new ServiceError(code, 'No.');
        },
      });
      const { answer } = await answerTo(raise, asking, true);
      expect(answer).toEqual({ type: 'ERR', id: 'one', error: { code, message: 'No.' } });
    },
  );

  it.each([
    new ServiceError('STORE_UNAVAILABLE', 'Away.'),
    new ServiceError('BUSY', 'Busy.'),
    new TypeError('a mistake of ours'),
  ])('that we failed to do is thrown, to be tried again: %s', async (error) => {
    const { answerTo } = answeringWith({
      async REQ_RAISE_HAND() {
        throw error;
      },
    });
    await expect(answerTo(raise, asking, true)).rejects.toBe(error);
  });
});
