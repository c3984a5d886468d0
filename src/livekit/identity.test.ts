import { describe, expect, it } from '@jest/globals';
import { userIdOf } from './identity.ts';

describe('userIdOf', () => {
  it.each([
    ['alice', 'alice'],
    ['alice~phone', 'alice'],
    ['alice~phone~2', 'alice'],
    ['alice~', 'alice'],
    ['~phone', ''],
    ['', ''],
  ])('of the identity %j is %j', (identity, userId) => expect(userIdOf(identity)).toBe(userId));
});
