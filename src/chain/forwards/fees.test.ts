import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Chain } from '../chain.ts';
import { NodeRefusal } from '../node.ts';
import { currentFees, type Fees, feesOver, isOver } from './fees.ts';

type Priced = Pick<Chain, 'block' | 'tip' | 'gasPrice'>;

const chain = (more: Partial<Priced> = {}): Priced => ({
  block: async () => ({ number: 1, hash: '0x1', baseFee: 100n }),
  tip: async () => 7n,
  gasPrice: async () => 50n,
  ...more,
});
const legacy = async () => ({ number: 1, hash: '0x1', baseFee: null });
const refuses = async () => {
  throw new NodeRefusal('the method is not available', null);
};

describe('what a transaction pays at present', () => {
  it('has room for a base fee twice as high, with the tip on top', async () => {
    expect(await currentFees(chain())).toEqual({ max: '207', tip: '7' });
  });

  it('has no tip on a chain without base fees, whether its node knows what a tip is or not', async () => {
    const fees = { max: '50', tip: null };
    expect(await currentFees(chain({ block: legacy }))).toEqual(fees);
    expect(await currentFees(chain({ block: legacy, tip: refuses }))).toEqual(fees);
  });

  it('is not known while the node does not answer', async () => {
    const away = async () => {
      throw new Error('away');
    };
    await expect(currentFees({ block: legacy, tip: away, gasPrice: async () => 1n })).rejects.toThrow('away');
  });

  it('has a tip of nothing when the node does not say what is given', async () => {
    expect(await currentFees(chain({ tip: refuses }))).toEqual({ max: '200', tip: '0' });
  });

  it('keeps every digit of what no double can hold', async () => {
    const baseFee = 2n ** 70n + 1n;
    const fees = await currentFees(chain({ block: async () => ({ number: 1, hash: '0x1', baseFee }) }));
    expect(fees.max).toBe(`${baseFee * 2n + 7n}`);
  });

  it('is not known while the chain does not answer', async () => {
    await expect(currentFees(chain({ block: refuses }))).rejects.toThrow('not available');
    await expect(currentFees(chain({ block: legacy, gasPrice: refuses }))).rejects.toThrow('not available');
  });
});

describe('a replacement', () => {
  const wei = fc.bigInt({ min: 0n, max: 2n ** 100n });
  /** As they are made: the tip is a part of the whole. */
  const fees = fc.tuple(wei, wei).map(([base, tip]): Fees => ({ max: `${base + tip}`, tip: `${tip}` }));
  const legacyFees = wei.map((max): Fees => ({ max: `${max}`, tip: null }));

  const isEighthMore = (after: string | null, before: string | null): boolean =>
    BigInt(after ?? -1) * 1_000n >= BigInt(before ?? -1) * 1_125n &&
    BigInt(after ?? -1) > BigInt(before ?? -1);
  const isAtLeast = (one: string | null, other: string | null): boolean =>
    BigInt(one ?? -1) >= BigInt(other ?? -1);

  it('pays at least an eighth more in both parts, and what is paid at present', () => {
    fc.assert(
      fc.property(fees, fees, (former, current) => {
        const over = feesOver(former, current);
        expect(isEighthMore(over.max, former.max) && isEighthMore(over.tip, former.tip)).toBe(true);
        expect(isAtLeast(over.max, current.max) && isAtLeast(over.tip, current.tip)).toBe(true);
      }),
    );
  });

  it('never gives more on top than it pays in all, which no node takes', () => {
    fc.assert(
      fc.property(fees, fees, (former, current) => {
        const over = feesOver(former, current);
        expect(isAtLeast(over.max, over.tip)).toBe(true);
      }),
    );
  });

  it('pays at least an eighth more on a chain without base fees, and where that is what changed', () => {
    const pairs = fc.oneof(
      fc.tuple(legacyFees, legacyFees),
      fc.tuple(legacyFees, fees),
      fc.tuple(fees, legacyFees),
    );
    fc.assert(
      fc.property(pairs, ([former, current]) => {
        const over = feesOver(former, current);
        expect(over.tip).toBeNull();
        expect(isEighthMore(over.max, former.max) && isAtLeast(over.max, current.max)).toBe(true);
      }),
    );
  });

  it('pays no more than it has to while fees are as they were', () => {
    const fee: Fees = { max: '1000', tip: '100' };
    expect(feesOver(fee, fee)).toEqual({ max: '1251', tip: '126' });
  });
});

describe('what is allowed', () => {
  it('is exceeded by a wei more, and not by just as much', () => {
    expect(isOver({ max: '100', tip: '100' }, 100n)).toBe(false);
    expect(isOver({ max: '101', tip: null }, 100n)).toBe(true);
    expect(isOver({ max: `${2n ** 70n + 1n}`, tip: null }, 2n ** 70n)).toBe(true);
  });
});
