import { describe, expect, it } from '@jest/globals';
import { answerIn } from './reply.ts';

const saying = (reply: unknown) => () => answerIn(typeof reply === 'string' ? reply : JSON.stringify(reply));

describe('what is forwarded', () => {
  it.each(['join-room', 'publish-track'])('is the answer, by %s', (type) => {
    expect(saying({ sessionID: 's', type, cloudflareResponse: { answer: 'v=0' } })()).toBe('v=0');
  });

  it('may be a refusal, by its code', () => {
    expect(saying({ type: 'error', code: 'ROOM_FULL', message: 'Full.' })).toThrow(
      expect.objectContaining({ code: 'ROOM_FULL' }),
    );
  });

  it.each([
    ['no JSON', 'v=0'],
    ['nothing', ''],
    ['null', 'null'],
    ['a text', '"join-room"'],
    ['an answer of another kind', { type: 'chat', cloudflareResponse: { answer: 'v=0' } }],
    ['no answer', { type: 'join-room', cloudflareResponse: {} }],
    ['no response', { type: 'join-room', cloudflareResponse: null }],
    ['a refusal without a code', { type: 'error' }],
  ])('cannot be read when it is %s', (_what, reply) => {
    expect(saying(reply)).toThrow(expect.objectContaining({ code: 'ANSWER_UNREADABLE' }));
  });
});
