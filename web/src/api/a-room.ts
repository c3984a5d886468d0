import type { Room } from './types.ts';

/** Rooms for unit tests: the higher the number, the newer. */
export function aRoom(number: number, more: Partial<Room> = {}): Room {
  return {
    id: `room-${number}`,
    title: `Room ${number}`,
    topic: null,
    language: null,
    maxParticipants: 6,
    access: 'public',
    e2ee: false,
    status: 'LIVE',
    hostId: 'host',
    hostName: 'Host',
    joinedParticipants: 1,
    createdAt: new Date(Date.UTC(2030, 0, 1, 12, number)).toISOString(),
    endedAt: null,
    ...more,
  };
}
