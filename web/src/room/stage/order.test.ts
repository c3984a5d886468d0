import { describe, expect, it } from '@jest/globals';
import { inGridOrder } from './order.ts';

const silent = () => false;
const speaks =
  (...keys: string[]) =>
  (key: string) =>
    keys.includes(key);

describe('the order of the grid', () => {
  it('is the one in which people came', () => {
    expect(inGridOrder([], ['a', 'b', 'c'], 2, silent)).toEqual(['a', 'b', 'c']);
    expect(inGridOrder(['a', 'b'], ['b', 'c', 'a'], 2, silent)).toEqual(['a', 'b', 'c']);
  });

  it('closes up when somebody goes', () => {
    expect(inGridOrder(['a', 'b', 'c'], ['c', 'a'], 2, silent)).toEqual(['a', 'c']);
  });

  it('brings whoever speaks to the first page, in the place of the last silent one there', () => {
    expect(inGridOrder(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'], 2, speaks('d'))).toEqual([
      'a',
      'd',
      'c',
      'b',
    ]);
    expect(inGridOrder(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'], 2, speaks('b', 'd'))).toEqual([
      'd',
      'b',
      'c',
      'a',
    ]);
  });

  it('moves nobody when all of the first page speak, nor when all fit', () => {
    expect(inGridOrder(['a', 'b', 'c'], ['a', 'b', 'c'], 2, speaks('a', 'b', 'c'))).toEqual(['a', 'b', 'c']);
    expect(inGridOrder(['a', 'b', 'c'], ['a', 'b', 'c'], 3, speaks('c'))).toEqual(['a', 'b', 'c']);
  });
});
