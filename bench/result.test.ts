import { describe, expect, it } from '@jest/globals';
import { isMet, judge } from './result.ts';

const at = new Date('2026-01-02T03:04:05Z');
const row = { name: 'a-row', title: 'a title', against: 'a floor' };
const round = (floor: number, ours: number, p99 = 2, floorP99 = 1) => ({
  floor: { rate: floor, p50: 1, p99: floorP99 },
  ours: { rate: ours, p50: 1, p99 },
});

describe('a goal', () => {
  it('of at least is met from its ratio on', () => {
    const goal = { ratio: 0.6, direction: 'at least' } as const;
    expect([isMet(goal, 0.6, 9), isMet(goal, 0.59, 1)]).toEqual([true, false]);
  });

  it('of at most is met up to its ratio', () => {
    const goal = { ratio: 1.3, direction: 'at most' } as const;
    expect([isMet(goal, 1.3, 9), isMet(goal, 1.31, 1)]).toEqual([true, false]);
  });

  it('with a p99 is missed when only the rate is reached', () => {
    const goal = { ratio: 0.6, direction: 'at least', p99: 2 } as const;
    expect([isMet(goal, 0.7, 2), isMet(goal, 0.7, 2.1)]).toEqual([true, false]);
  });
});

describe('a row', () => {
  const goal = { ratio: 0.6, direction: 'at least', p99: 2 } as const;

  it('is judged by the medians, so one spoiled round changes nothing', () => {
    const result = judge({ ...row, goal }, [round(1_000, 700), round(1_000, 10, 90), round(990, 710)], at);
    expect(result).toMatchObject({ value: 700, floor: 1_000, ratio: 0.7, p99Ratio: 2, met: true });
  });

  it('is not lifted over its goal by rounding', () => {
    const result = judge({ ...row, goal }, [round(100_000, 59_990)], at);
    expect(result).toMatchObject({ ratio: 0.6, met: false });
  });

  it('says what it was to reach, when it was measured, and every round', () => {
    const result = judge({ ...row, goal }, [round(10, 9)], at);
    expect(result).toMatchObject({ ...row, goal: 0.6, goalDirection: 'at least', p99Goal: 2 });
    expect(result.measuredAt).toBe('2026-01-02T03:04:05.000Z');
    expect(result.rounds).toEqual([round(10, 9)]);
  });

  it('without a goal for the p99 still tells it', () => {
    const result = judge({ ...row, goal: { ratio: 0.6, direction: 'at least' } }, [round(10, 9, 5)], at);
    expect(result).toMatchObject({ p99: 5, floorP99: 1, p99Ratio: 5, met: true });
    expect(result).not.toHaveProperty('p99Goal');
  });
});
