import { describe, expect, it } from '@jest/globals';
import { readRetryAfter, waitAfter, worthWaitingFor } from './backoff.ts';

describe('waitAfter', () => {
  it.each([
    // failed, Retry-After, chance, wait
    [1, undefined, 0, 100],
    [1, undefined, 1, 200],
    [2, undefined, 0, 200],
    [2, undefined, 0.5, 300],
    [5, undefined, 1, 2_000],
    [30, undefined, 1, 2_000],
    [1, 3_000, 0, 3_050],
    [1, 3_000, 1, 3_100],
    [1, 0, 0, 100],
  ])('after %d failures, told to wait %s ms, with chance %d is %d ms', (failed, retryAfter, chance, wait) => {
    expect(waitAfter(failed, retryAfter, chance)).toBe(wait);
  });

  it('is never shorter than what the server asked for', () => {
    for (const chance of [0, 0.3, 1]) expect(waitAfter(1, 5_000, chance)).toBeGreaterThanOrEqual(5_000);
  });
});

describe('worthWaitingFor', () => {
  it.each([
    [undefined, true],
    [0, true],
    [5_000, true],
    [5_001, false],
  ])('says of %s ms: %s', (retryAfter, worth) => expect(worthWaitingFor(retryAfter)).toBe(worth));
});

describe('readRetryAfter', () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  it.each([
    [null, undefined],
    ['', undefined],
    ['2', 2_000],
    [' 2 ', 2_000],
    ['0', 0],
    ['Thu, 01 Jan 2026 12:00:03 GMT', 3_000],
    ['Thu, 01 Jan 2026 11:59:00 GMT', 0],
    ['soon', undefined],
    ['99999999999999999999', undefined],
  ])('reads %j as %s ms', (header, milliseconds) => {
    expect(readRetryAfter(header, now)).toBe(milliseconds);
  });
});
