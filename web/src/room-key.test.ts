import { describe, expect, it } from '@jest/globals';
import { keyIn, newRoomKey, withKey } from './room-key.ts';

describe('the key of an encrypted room', () => {
  it('is 43 characters of base64url, and another each time', () => {
    const keys = Array.from({ length: 100 }, newRoomKey);
    for (const key of keys) expect(key).toMatch(/^[\w-]{43}$/);
    expect(new Set(keys).size).toBe(100);
  });

  it('is read from the fragment in which it was put', () => {
    const key = newRoomKey();
    const path = withKey('/meet/42', key);
    expect(path).toBe(`/meet/42#key=${key}`);
    expect(keyIn(new URL(path, 'http://localhost').hash)).toBe(key);
  });

  it('replaces the fragment there was', () => {
    expect(withKey('/meet/42#key=old', 'new')).toBe('/meet/42#key=new');
  });

  it.each([
    '',
    '#',
    '#key=',
    '#key=tooShort',
    `#key=${'a'.repeat(129)}`,
    '#key=not base64url, surely',
    '#other=abcdefghijklmnop',
    'abcdefghijklmnopqrstuvwxyz',
  ])('is none in %p', (hash) => {
    expect(keyIn(hash)).toBeNull();
  });

  it('is found beside other words, and may have another length', () => {
    expect(keyIn('#key=abcdefghijklmnop')).toBe('abcdefghijklmnop');
    expect(keyIn('#tab=chat&key=abcdefghijklmnop')).toBe('abcdefghijklmnop');
    expect(keyIn(`#key=${'a'.repeat(128)}`)).toHaveLength(128);
  });
});
