import type { Participant, Room } from './room.ts';

/** How a participant came to be out. */
export type LeaveReason = 'left' | 'lapsed' | 'kicked' | 'ended';

/** What can happen in a room, by name, with what each carries. */
export type RoomFact =
  | Readonly<{ type: 'room.created'; data: { room: RoomSummary } }>
  | Readonly<{ type: 'room.ended'; data: { room: RoomSummary; by: string | null } }>
  | Readonly<{ type: 'participant.joined'; data: { participant: Participant } }>
  | Readonly<{ type: 'participant.left'; data: { participant: Participant; reason: LeaveReason } }>
  | Readonly<{ type: 'participant.promoted'; data: { participant: Participant } }>;

/**
 * A room event: a fact with its place in the room's history. `seq` rises by one within a room, so whoever
 * listens can put events in order and notice a gap. It is written before anyone hears of it.
 */
export type RoomEvent = RoomFact & Readonly<{ id: string; roomId: string; seq: number; at: Date }>;

/** The room as events and lists show it: without what only its members may see. */
export type RoomSummary = Omit<Room, 'seats' | 'kicked' | 'version' | 'lastSeq' | 'invited'> &
  Readonly<{ joinedParticipants: number }>;

export function summarise(room: Room): RoomSummary {
  const { seats, kicked: _kicked, version: _version, lastSeq: _lastSeq, invited: _invited, ...shown } = room;
  return { ...shown, joinedParticipants: seats.length };
}
