import { describe, expect, it } from '@jest/globals';
import type { TrackReferenceOrPlaceholder } from '@livekit/components-react';
import { aPerson } from '../meeting/a-person.ts';
import { keyOf, personOf, userIdOf } from './person-of.ts';

describe('a LiveKit identity', () => {
  it('is a user, or a further device of theirs', () => {
    expect(userIdOf('ben')).toBe('ben');
    expect(userIdOf('ben~tablet')).toBe('ben');
    expect(userIdOf('ben~tablet~old')).toBe('ben');
  });

  it('leads to the one in the room whose it is', () => {
    const people = [aPerson('be'), aPerson('ben')];
    expect(personOf(people, 'ben~tablet')).toBe(people[1]);
    expect(personOf(people, 'be')).toBe(people[0]);
    expect(personOf(people, 'cho')).toBeUndefined();
  });
});

it('a picture has a key of its own: whose it is, and what it shows', () => {
  const keys = ['ben camera', 'ben screen_share', 'ben~tablet camera'].map((key) => {
    const [identity, source] = key.split(' ');
    return keyOf({ participant: { identity }, source } as TrackReferenceOrPlaceholder);
  });
  expect(new Set(keys).size).toBe(3);
});
