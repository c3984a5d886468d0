import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { BenchUser } from './issuer.ts';
import { firstJoins, fullRooms, heldJoins, verifyAnswer } from './join-requests.ts';
import { shareOut } from './share-out.ts';

const secret = 'a-secret';
const users: BenchUser[] = Array.from({ length: 20 }, (_, index) => ({
  id: `user-${index}`,
  name: `User ${index}`,
  token: `token-${index}`,
}));

function answer(claims: object, key = secret): string {
  const input = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  const signature = createHmac('sha256', key).update(input).digest('base64url');
  return JSON.stringify({ participant_token: `${input}.${signature}` });
}

describe('held joins', () => {
  it('are one of each user, into the room in which the user holds a connected seat', () => {
    const rooms = fullRooms(users);
    const joins = heldJoins(rooms, users, secret);
    expect(new Set(joins.map(({ bearer }) => bearer)).size).toBe(20);
    expect(rooms.map(({ seats }) => seats.length)).toEqual([6, 6, 6, 2]);
    expect(rooms.flatMap(({ seats }) => seats).every(({ leaseUntil }) => leaseUntil === null)).toBe(true);
  });
});

describe('first joins', () => {
  const { rooms, joins } = firstJoins(50, users, secret);

  it('are distinct pairs of room and user, none of whom is in yet', () => {
    expect(joins).toHaveLength(50);
    expect(new Set(joins.map(({ path, bearer }) => `${path} ${bearer}`)).size).toBe(50);
    const hosts = rooms.map(({ id, hostId }) => `${id} ${hostId.replace('user', 'token')}`);
    for (const { path, bearer } of joins) expect(hosts).not.toContain(`${path.split('/')[4]} ${bearer}`);
  });

  it('that are asked for together are of different rooms', () => {
    const together = joins.slice(0, rooms.length).map(({ path }) => path);
    expect(new Set(together).size).toBe(rooms.length);
  });
});

describe('an answer', () => {
  const good = { sub: 'user-1', video: { room: 'r', roomJoin: true } };

  it('is right with a token of our key for the room and the user', () => {
    expect(() => verifyAnswer(answer(good), 'r', 'user-1', secret)).not.toThrow();
  });

  it.each([
    ['another key', answer(good, 'other'), /not signed by our key/],
    ['another user', answer({ ...good, sub: 'user-2' }), /"user-2"/],
    ['another room', answer({ ...good, video: { room: 'x', roomJoin: true } }), /"x"/],
    ['no token', '{}', /not signed by our key/],
  ])('is wrong with %s', (_, body, message) => {
    expect(() => verifyAnswer(body, 'r', 'user-1', secret)).toThrow(message);
  });
});

it('deals requests out like cards', () => {
  expect(shareOut([1, 2, 3, 4, 5], 2)).toEqual([
    [1, 3, 5],
    [2, 4],
  ]);
});
