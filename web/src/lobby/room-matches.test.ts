import { describe, expect, it } from '@jest/globals';
import { aRoom } from '../api/a-room.ts';
import type { RoomFilters } from '../api/rooms.ts';
import type { Room } from '../api/types.ts';
import { matches, newestFirst } from './room-matches.ts';

const hanoi = aRoom(1, { title: 'Chào buổi SÁNG (Hà Nội)', topic: 'Travel', language: 'vi' });

describe('a room in a filtered list', () => {
  it.each<[filters: RoomFilters, room: Room, expected: boolean]>([
    [{}, hanoi, true],
    [{ q: 'sáng' }, hanoi, true],
    [{ q: 'TRAV' }, hanoi, true],
    [{ q: '(hà' }, hanoi, true],
    [{ q: 'a.*b' }, hanoi, false],
    [{ q: 'evening' }, hanoi, false],
    [{ q: 'null' }, aRoom(1), false],
    [{ topic: 'Travel' }, hanoi, true],
    [{ topic: 'travel' }, hanoi, false],
    [{ topic: 'Travel' }, aRoom(1), false],
    [{ language: 'vi' }, hanoi, true],
    [{ language: 'en' }, hanoi, false],
    [{ language: 'vi' }, aRoom(1), false],
    [{ q: 'sáng', topic: 'Travel', language: 'en' }, hanoi, false],
    [{ hasSeats: true }, aRoom(1, { joinedParticipants: 5 }), true],
    [{ hasSeats: true }, aRoom(1, { joinedParticipants: 6 }), false],
    [{ hasSeats: false }, aRoom(1, { joinedParticipants: 6 }), true],
    [{}, aRoom(1, { status: 'ENDED' }), false],
    [{}, aRoom(1, { access: 'private' }), false],
  ])('%j', (filters, room, expected) => {
    expect(matches(room, filters)).toBe(expected);
  });

  it('stands before those that are older', () => {
    const [a, b] = [aRoom(2, { id: 'a' }), aRoom(2, { id: 'b' })];
    expect([aRoom(1), a, aRoom(3), b].sort(newestFirst)).toEqual([aRoom(3), b, a, aRoom(1)]);
  });
});
