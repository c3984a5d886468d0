import type { RoomEvent } from '../rooms/index.ts';
import { presentParticipant, presentRoom } from './presenters.ts';

/** What a room event is to those in the room, at whatever door: the name of the message and what it says. */
export type Message = readonly [name: string, payload: object];

type Tell<T extends RoomEvent['type']> = (event: RoomEvent & { type: T }) => Message | null;

const tellings: { [T in RoomEvent['type']]: Tell<T> } = {
  'room.created': () => null,
  'room.updated': ({ data }) => ['room:updated', { room: presentRoom(data.room) }],
  'room.ended': ({ roomId }) => ['room:ended', { roomId }],
  'participant.joined': ({ data: { participant } }) => [
    'room:user-joined',
    {
      user: { id: participant.userId, name: participant.name },
      participant: presentParticipant(participant),
    },
  ],
  // That the room ended says it for everybody.
  'participant.left': ({ data }) =>
    data.reason === 'ended' ? null : ['room:user-left', { userId: data.participant.userId }],
  'participant.kicked': ({ data }) =>
    data.participant === null ? null : ['room:user-kicked', { userId: data.userId }],
  'participant.forgiven': () => null,
  'participant.promoted': ({ data }) => ['room:host-changed', { userId: data.participant.userId }],
  'participant.muted': ({ data: { participant, again } }) =>
    again ? null : ['media:user-muted', { userId: participant.userId, isMuted: participant.isMuted }],
  'participant.video-off': ({ data: { participant } }) => [
    'media:user-video',
    { userId: participant.userId, isVideoOff: participant.isVideoOff },
  ],
  'hand.raised': ({ data }) => ['hand:raised', { userId: data.participant.userId }],
  'hand.lowered': ({ data }) => ['hand:lowered', { userId: data.participant.userId }],
  'recording.started': ({ data }) => ['recording:started', { recordingId: data.recordingId }],
  'recording.stopped': ({ data }) => ['recording:stopped', { recordingId: data.recordingId }],
  'track.refused': ({ data: { participant, source } }) => [
    'media:track-refused',
    { userId: participant.userId, source, code: 'TRACK_NOT_ENCRYPTED' },
  ],
  'chat.message': ({ id, at, data: { text, sender } }) => [
    'chat:message',
    { message: text, sender: { id: sender.id, name: sender.name }, id, createdAt: at },
  ],
};

/** @returns null for what nobody in the room is told */
export function messageOf(event: RoomEvent): Message | null {
  return (tellings[event.type] as Tell<RoomEvent['type']>)(event);
}

/**
 * Who is no longer in the room by this event: one user, everybody, or nobody (null). Those whom the end of the room finds
 * inside go by `room.ended`, so that they hear of it.
 */
export function goneBy(event: RoomEvent): string | 'everybody' | null {
  switch (event.type) {
    case 'participant.left':
      return event.data.reason === 'ended' ? null : event.data.participant.userId;
    case 'participant.kicked':
      return event.data.userId;
    case 'room.ended':
      return 'everybody';
    default:
      return null;
  }
}
