import { ServiceError } from '../errors.ts';
import type { RoomFact } from './events.ts';
import { requireHost } from './host-rights.ts';
import { type Participant, participantIn, type Room, seatOf, type TrackSource } from './room.ts';
import { type Transition, unchanged } from './transitions.ts';

/**
 * Who may record a room and when, as transitions (transitions.ts): its host, while it is LIVE and not encrypted, one
 * recording at a time (spec/3-media.md, "End-to-end encryption or recording, never both").
 */

/** @throws NOT_HOST, ROOM_ENDED, RECORDING_IMPOSSIBLE_E2EE, ALREADY_RECORDING */
export function startRecording(room: Room, actor: string, recordingId: string, now: Date): Transition {
  requireHost(room, actor);
  if (room.e2ee)
    throw new ServiceError(
      'RECORDING_IMPOSSIBLE_E2EE',
      'This room is end-to-end encrypted: nobody but those who are in can see or hear it.',
    );
  if (room.recording)
    throw new ServiceError('ALREADY_RECORDING', 'This room is being recorded; stop that first.');
  const next: Room = { ...room, recording: { id: recordingId, startedAt: now } };
  return { room: next, facts: [{ type: 'recording.started', data: { recordingId, by: actor } }] };
}

/** For the host. A recording that is over already stays so. @throws NOT_HOST, ROOM_ENDED */
export function stopRecording(room: Room, actor: string, recordingId: string): Transition {
  requireHost(room, actor);
  return recordingOver(room, recordingId, actor);
}

/** The recording is over, whoever says so: its recorder failed, was killed, or reached a limit. */
export function recordingOver(room: Room, recordingId: string, by: string | null = null): Transition {
  if (room.recording?.id !== recordingId) return unchanged(room);
  return {
    room: { ...room, recording: null },
    facts: [{ type: 'recording.stopped', data: { recordingId, by } }],
  };
}

/** A track of one who is in. */
export type TrackOf = Readonly<{ userId: string; trackId: string; source: TrackSource }>;

/** In an encrypted room nothing may be sent in the clear. Elsewhere, and of one who is out by now, there is nothing to do. */
export function refuseUnencrypted(room: Room, { userId, trackId, source }: TrackOf): Transition {
  const seat = seatOf(room, userId);
  if (!room.e2ee || room.status === 'ENDED' || !seat) return unchanged(room);
  const participant: Participant = participantIn(room, seat);
  const fact: RoomFact = { type: 'track.refused', data: { participant, trackId, source } };
  // A new value: what is told is written, though nothing else of the room changes.
  return { room: { ...room }, facts: [fact] };
}
