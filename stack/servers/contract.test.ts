import { describe, expect, test } from '@jest/globals';
import { firstComplaint } from './contract.ts';

describe('the compiled contract', () => {
  test('says in one line why it does not compile, be it a warning', () => {
    const warning = `$ node compile.ts
Warning: Unused local variable.
 --> MeetingRooms.sol:12:5:
   |
12 |     uint a = 1;
`;
    expect(firstComplaint(warning)).toBe(
      'the contract does not compile: Warning: Unused local variable. (MeetingRooms.sol:12:5)',
    );
    expect(firstComplaint(warning.replace('Warning', 'ParserError'))).toContain('ParserError: Unused');
    expect(firstComplaint('Killed')).toBeUndefined();
  });
});
