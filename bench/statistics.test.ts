import { describe, expect, it } from '@jest/globals';
import { median, percentile, rounded } from './statistics.ts';

describe('median', () => {
  it('is the middle one of an odd count, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the middle two of an even count', () => {
    expect(median([4, 1, 2, 100])).toBe(3);
  });

  it('refuses an empty list', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it('is the value that so many do not exceed', () => {
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 1)).toBe(100);
  });

  it('of one value is that value', () => {
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([7], 0)).toBe(7);
  });

  it('leaves the list as it was', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });
});

it('rounds to three significant digits', () => {
  expect([rounded(12_345), rounded(0.123456), rounded(7)]).toEqual([12_300, 0.123, 7]);
});
