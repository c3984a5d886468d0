import type { z } from 'zod';
import {
  type ChatMessage,
  type Participant,
  participantIn,
  type Room,
  type RoomSummary,
} from '../rooms/index.ts';
import type * as schema from './schemas.ts';

/** Domain to wire: what clients see of rooms and participants, and nothing else. */

export function presentRoom(room: Room | RoomSummary): z.output<typeof schema.room> {
  return {
    id: room.id,
    title: room.title,
    topic: room.topic,
    language: room.language,
    maxParticipants: room.maxParticipants,
    access: room.access,
    e2ee: room.e2ee,
    status: room.status,
    hostId: room.hostId,
    // Documents and events from before it was kept have none.
    hostName: room.hostName ?? null,
    joinedParticipants: 'seats' in room ? room.seats.length : room.joinedParticipants,
    createdAt: room.createdAt,
    endedAt: room.endedAt,
    ...(room.recording ? { recording: { id: room.recording.id, startedAt: room.recording.startedAt } } : {}),
  };
}

export function presentParticipant({
  roomId: _,
  ...shown
}: Participant): z.output<typeof schema.participant> {
  return shown;
}

/** Who is in, the longest-present first. */
export function presentPresent(room: Room): z.output<typeof schema.participant>[] {
  return room.seats
    .toSorted((a, b) => a.joinedAt.getTime() - b.joinedAt.getTime())
    .map((seat) => presentParticipant(participantIn(room, seat)));
}

/** @param viewerId who looks; null for someone who is not signed in */
export function presentRoomWithParticipants(
  room: Room,
  viewerId: string | null,
): z.output<typeof schema.roomWithParticipants> {
  return {
    ...presentRoom(room),
    participants: presentPresent(room),
    ...(viewerId === room.hostId ? { invited: [...room.invited] } : {}),
  };
}

export function presentMessage({
  id,
  text,
  sender,
  createdAt,
}: ChatMessage): z.output<typeof schema.chatMessage> {
  return { id, message: text, sender: { id: sender.id, name: sender.name }, createdAt };
}
