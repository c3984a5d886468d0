import type { Room, Seat } from '../../src/rooms/room.ts';

/** Rooms for tests: a LIVE public room of six, hosted by `host`, who is in since noon. */

export const noon = new Date('2026-01-01T12:00:00Z');
export const minutesAfterNoon = (minutes: number): Date => new Date(noon.getTime() + minutes * 60_000);

export function aSeat(userId: string, more: Partial<Seat> = {}): Seat {
  return {
    userId,
    name: `Name of ${userId}`,
    isMuted: false,
    isVideoOff: false,
    isHandRaised: false,
    joinedAt: noon,
    leaseUntil: null,
    connections: [`livekit:${userId}`],
    ...more,
  };
}

/** What a room is made of, as the rooms take it. */
export const newRoomInput = {
  title: 'A room',
  topic: null,
  language: null,
  maxParticipants: 6,
  access: 'public',
  invited: [],
  e2ee: false,
} as const;

export function aRoom(more: Partial<Room> = {}): Room {
  return {
    id: 'a-room',
    ...newRoomInput,
    status: 'LIVE',
    hostId: 'host',
    createdAt: noon,
    endedAt: null,
    seats: [aSeat('host')],
    kicked: [],
    version: 1,
    lastSeq: 2,
    ...more,
  };
}
