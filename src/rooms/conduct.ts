import type { RoomFact } from './events.ts';
import { type Participant, participantIn, type Room, type Seat, withSeat } from './room.ts';
import { type Transition, unchanged } from './transitions.ts';

/** What a participant does in a room, as transitions (transitions.ts) of those who hold `seat` in it. */

/** `text` goes to all who are in, and is kept. */
export function say(room: Room, seat: Seat, text: string): Transition {
  const sender = { id: seat.userId, name: seat.name };
  // A room of its own identity: nothing of it changes, yet the event is to be written.
  return { room: { ...room }, facts: [{ type: 'chat.message', data: { sender, text } }] };
}

export function setMuted(room: Room, seat: Seat, isMuted: boolean): Transition {
  if (seat.isMuted === isMuted) return unchanged(room);
  return change(room, { ...seat, isMuted }, (participant) => ({
    type: 'participant.muted',
    data: { participant, by: seat.userId, again: false },
  }));
}

export function setVideoOff(room: Room, seat: Seat, isVideoOff: boolean): Transition {
  if (seat.isVideoOff === isVideoOff) return unchanged(room);
  return change(room, { ...seat, isVideoOff }, (participant) => ({
    type: 'participant.video-off',
    data: { participant },
  }));
}

export function setHandRaised(room: Room, seat: Seat, isHandRaised: boolean): Transition {
  if (seat.isHandRaised === isHandRaised) return unchanged(room);
  return change(room, { ...seat, isHandRaised }, (participant) => ({
    type: isHandRaised ? 'hand.raised' : 'hand.lowered',
    data: { participant },
  }));
}

function change(room: Room, changed: Seat, tell: (participant: Participant) => RoomFact): Transition {
  const next = withSeat(room, changed);
  return { room: next, facts: [tell(participantIn(next, changed))] };
}
