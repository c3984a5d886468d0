import type { Participant, Room, TrackSource, User } from './room.ts';

/** How a participant came to be out, when the host did not put them out. */
export type LeaveReason = 'left' | 'lapsed' | 'ended';

/** What can happen in a room, by name, with what each carries. */
export type RoomFact =
  | Readonly<{ type: 'room.created'; data: { room: RoomSummary } }>
  | Readonly<{ type: 'room.updated'; data: { room: RoomSummary; by: string } }>
  | Readonly<{ type: 'room.ended'; data: { room: RoomSummary; by: string | null } }>
  | Readonly<{ type: 'participant.joined'; data: { participant: Participant } }>
  | Readonly<{ type: 'participant.left'; data: { participant: Participant; reason: LeaveReason } }>
  /** `participant` is as they were when put out; null for one who held no seat. */
  | Readonly<{
      type: 'participant.kicked';
      data: { userId: string; participant: Participant | null; by: string };
    }>
  | Readonly<{ type: 'participant.forgiven'; data: { userId: string; by: string } }>
  /** The new host, and who was host until now as they are from here on; null when they are out. */
  | Readonly<{
      type: 'participant.promoted';
      data: { participant: Participant; former: Participant | null };
    }>
  /** `again`: they counted as muted already, and the host asked for it all the same; nothing is new to those in the room. */
  | Readonly<{
      type: 'participant.muted';
      data: { participant: Participant; by: string; again: boolean };
    }>
  | Readonly<{ type: 'participant.video-off'; data: { participant: Participant } }>
  | Readonly<{ type: 'hand.raised' | 'hand.lowered'; data: { participant: Participant } }>
  /** `by` null: not a person stopped it, but what was to record, or the end of the room. */
  | Readonly<{ type: 'recording.started'; data: { recordingId: string; by: string } }>
  | Readonly<{ type: 'recording.stopped'; data: { recordingId: string; by: string | null } }>
  /** It came unencrypted in an encrypted room, and is taken out of LiveKit. */
  | Readonly<{
      type: 'track.refused';
      data: { participant: Participant; trackId: string; source: TrackSource };
    }>
  /** Its id and time are the event's. */
  | Readonly<{ type: 'chat.message'; data: { sender: User; text: string } }>;

/**
 * A room event: a fact with its place in the room's history. `seq` rises by one within a room, so whoever
 * listens can put events in order and notice a gap. It is written before anyone hears of it.
 */
export type RoomEvent = RoomFact & Readonly<{ id: string; roomId: string; seq: number; at: Date }>;

/** Of these a list of rooms shows something. */
export const LISTED: readonly RoomFact['type'][] = [
  'room.created',
  'room.updated',
  'room.ended',
  'participant.joined',
  'participant.left',
  'participant.kicked',
  'participant.promoted',
  'recording.started',
  'recording.stopped',
];

/** The room as events and lists show it: without what only its members may see. */
export type RoomSummary = Omit<Room, 'seats' | 'kicked' | 'version' | 'lastSeq' | 'invited'> &
  Readonly<{ joinedParticipants: number }>;

export function summarise(room: Room): RoomSummary {
  const { seats, kicked: _kicked, version: _version, lastSeq: _lastSeq, invited: _invited, ...shown } = room;
  return { ...shown, joinedParticipants: seats.length };
}
