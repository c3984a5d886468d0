import { describe, expect, it } from '@jest/globals';
import { BenchError, selectRows } from './row.ts';

const rows = ['join-held', 'join-first', 'rooms-list'].map((name) => ({ name }));
const chosen = (...prefixes: string[]) => selectRows(rows, prefixes).map(({ name }) => name);

describe('the rows to run', () => {
  it('are all without a name', () => {
    expect(chosen()).toEqual(['join-held', 'join-first', 'rooms-list']);
  });

  it('are those that begin with one of the names, in the order of the list', () => {
    expect(chosen('join')).toEqual(['join-held', 'join-first']);
    expect(chosen('rooms', 'join-h')).toEqual(['join-held', 'rooms-list']);
  });

  it('may not be none', () => {
    expect(() => chosen('join', 'chat')).toThrow(BenchError);
    expect(() => chosen('chat')).toThrow(/join-held, join-first, rooms-list/);
  });
});
