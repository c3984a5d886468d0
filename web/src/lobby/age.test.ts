import { describe, expect, it } from '@jest/globals';
import { ageInWords, ageOf } from './age.ts';

const now = Date.UTC(2030, 0, 10, 12);
const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();

describe('how long a room has been live', () => {
  it.each([
    [0.9, null],
    [-5, null], // a clock that is behind
    [1, { unit: 'minute', count: 1 }],
    [59.9, { unit: 'minute', count: 59 }],
    [60, { unit: 'hour', count: 1 }],
    [24 * 60 - 1, { unit: 'hour', count: 23 }],
    [72 * 60, { unit: 'day', count: 3 }],
  ])('%d minutes', (minutes, expected) => {
    expect(ageOf(ago(minutes), now)).toEqual(expected);
  });

  it('is said in the language of the reader', () => {
    expect(ageInWords(ago(5), now, 'en')).toBe('5 min');
    expect(ageInWords(ago(5), now, 'vi')).toBe('5 phút');
    expect(ageInWords(ago(0), now, 'en')).toBeNull();
  });
});
