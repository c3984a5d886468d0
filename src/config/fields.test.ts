import { describe, expect, it } from '@jest/globals';
import { rate } from './fields.ts';

describe('rate', () => {
  it.each([
    ['10/1s', { points: 10, per: 1_000 }],
    ['5/1m', { points: 5, per: 60_000 }],
    ['100/1h', { points: 100, per: 3_600_000 }],
    ['1/1s', { points: 1, per: 1_000 }],
    ['9999999/1h', { points: 9_999_999, per: 3_600_000 }],
    [' 20/1m ', { points: 20, per: 60_000 }],
  ])('reads %j as so many in so long', (text, expected) => {
    expect(rate().parse(text)).toEqual(expected);
  });

  it.each([
    '',
    '10',
    '10/s',
    '10/2s',
    '10/1ms',
    '10/1d',
    '10 / 1s',
    '10/1s/1m',
    '0/1s', // a limit that forbids all is a mistake
    '05/1m',
    '-5/1m',
    '1.5/1s',
    '1e3/1s',
    '10000000/1h',
    'ten/1s',
    '/1s',
    '10/1S',
    '10/1s\n5/1m',
  ])('refuses %j, and says what to write instead', (text) => {
    const issues = rate().safeParse(text).error?.issues ?? [];
    expect(issues.map(({ message }) => message)).toEqual([
      'is not a rate; write for example 10/1s, 5/1m or 100/1h',
    ]);
  });
});
