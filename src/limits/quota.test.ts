import { describe, expect, it } from '@jest/globals';
import { type Quota, tooOften } from './quota.ts';
import { rateLimitFields } from './rate-limit-fields.ts';

const quota: Quota = {
  name: 'join',
  allowed: true,
  points: 20,
  remaining: 19,
  resetAfter: 41_500,
  per: 60_000,
};

describe('a refusal', () => {
  it.each<[Partial<Quota>, string]>([
    [{}, 'Joins: at most 20 a minute. Try again in 42 s.'],
    [
      { name: 'create-room', points: 5, resetAfter: 60_000 },
      'New rooms: at most 5 a minute. Try again in 60 s.',
    ],
    [
      { name: 'chat', points: 10, per: 1_000, resetAfter: 3 },
      'Chat messages: at most 10 a second. Try again in 1 s.',
    ],
    [
      { name: 'socket-event', per: 3_600_000, resetAfter: 0 },
      'Events of one kind: at most 20 an hour. Try again in 1 s.',
    ],
    [{ per: 10_000 }, 'Joins: at most 20 in 10 s. Try again in 42 s.'],
  ])('says how often is allowed and when to try again: %j', (more, message) => {
    expect(tooOften({ ...quota, ...more })).toMatchObject({
      code: 'RATE_LIMITED',
      message,
      retryAfter: more.resetAfter ?? 41_500,
    });
  });
});

describe('the header fields', () => {
  it.each<[Partial<Quota>, string, string]>([
    [{}, '"join";q=20;w=60', '"join";r=19;t=42'],
    [
      { name: 'chat', points: 10, per: 1_000, remaining: 0, resetAfter: 1 },
      '"chat";q=10;w=1',
      '"chat";r=0;t=1',
    ],
    [{ resetAfter: 60_000 }, '"join";q=20;w=60', '"join";r=19;t=60'],
    [{ resetAfter: 0 }, '"join";q=20;w=60', '"join";r=19;t=0'],
  ])('tell of the quota in whole seconds: %j', (more, policy, field) => {
    expect(rateLimitFields({ ...quota, ...more })).toEqual({ 'RateLimit-Policy': policy, RateLimit: field });
  });
});
