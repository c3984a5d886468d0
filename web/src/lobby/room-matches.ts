import type { RoomFilters } from '../api/rooms.ts';
import type { Room } from '../api/types.ts';

/**
 * Whether a room that changed belongs into the list that is shown: the same as the service decides for `GET /rooms`
 * (src/rooms/room-list.ts).
 */
export function matches(room: Room, filters: RoomFilters): boolean {
  const { q, topic, language, hasSeats } = filters;
  return (
    room.status === 'LIVE' &&
    room.access === 'public' &&
    (q === undefined || speaksOf(room, q)) &&
    (topic === undefined || room.topic === topic) &&
    (language === undefined || room.language === language) &&
    (hasSeats === undefined || hasSeats === !isFull(room))
  );
}

export const isFull = ({ joinedParticipants, maxParticipants }: Room): boolean =>
  joinedParticipants >= maxParticipants;

/** The text stands anywhere in the title or the topic, whatever its case. */
function speaksOf({ title, topic }: Room, text: string): boolean {
  const pattern = new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'iu');
  return pattern.test(title) || (topic !== null && pattern.test(topic));
}

/** Sorts as the service does, newest last: by moment, then by id. */
export const listKeyOf = ({ createdAt, id }: Room): string => `${createdAt}/${id}`;

export function newestFirst(a: Room, b: Room): number {
  const [one, other] = [listKeyOf(a), listKeyOf(b)];
  return one < other ? 1 : one > other ? -1 : 0;
}
