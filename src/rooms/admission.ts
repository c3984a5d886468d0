import { ServiceError } from '../errors.ts';
import { type Room, type Seat, seatOf } from './room.ts';

/** Why someone may not be in a room. The order in `admit` is the order in which reasons are given. */
export type Refusal = 'ROOM_NOT_FOUND' | 'ROOM_ENDED' | 'KICKED' | 'NOT_INVITED' | 'ROOM_FULL';

export type Admission =
  /** The user holds a seat already: nothing changes. */
  | Readonly<{ admitted: true; seat: Seat }>
  /** The user may take a seat. */
  | Readonly<{ admitted: true; seat: null }>
  | Readonly<{ admitted: false; refusal: Refusal }>;

/**
 * THE decision on a user who wants in. Every door asks it, at the first join, at a return and at the renewal
 * of a token; no other code says who may be in a room.
 *
 * A kicked user is told so even when the room is full or private: that answer does not change by waiting.
 * A private room takes its host and those invited. A seat that is held stays held when the room is full, or its
 * holder is no longer among the invited: to put someone out there is the kick.
 */
export function admit(room: Room | null, userId: string): Admission {
  if (room === null) return refuse('ROOM_NOT_FOUND');
  if (room.status === 'ENDED') return refuse('ROOM_ENDED');
  if (room.kicked.includes(userId)) return refuse('KICKED');
  const seat = seatOf(room, userId);
  if (seat) return { admitted: true, seat };
  if (!takes(room, userId)) return refuse('NOT_INVITED');
  if (room.seats.length >= room.maxParticipants) return refuse('ROOM_FULL');
  return { admitted: true, seat: null };
}

/** Whom the room is for, seats and the host's word aside. */
function takes(room: Room, userId: string): boolean {
  return room.access === 'public' || room.hostId === userId || room.invited.includes(userId);
}

/**
 * Why someone may not look into a room, null when they may: everybody into a public one, into a private one those whom
 * it takes or who are in.
 */
export function refusalToSee(room: Room, userId: string | null): Refusal | null {
  if (room.access === 'public') return null;
  if (userId === null) return 'NOT_INVITED';
  if (room.kicked.includes(userId)) return 'KICKED';
  return takes(room, userId) || seatOf(room, userId) ? null : 'NOT_INVITED';
}

/**
 * Refuses one who has no part in the keys of an encrypted room, before a seat is claimed that could not be used. Whom
 * admission would not let in anyway is told that instead, and learns nothing of the room.
 *
 * @throws SDP_IMPOSSIBLE_E2EE, KICKED, NOT_INVITED
 */
export function requireKeys(room: Room, userId: string): void {
  if (!room.e2ee || room.status === 'ENDED') return;
  const refusal = room.kicked.includes(userId) ? 'KICKED' : refusalToSee(room, userId);
  if (refusal !== null) throw refused(refusal);
  throw new ServiceError(
    'SDP_IMPOSSIBLE_E2EE',
    'This room is end-to-end encrypted, and a peer without an SDK has no part in its keys.',
  );
}

const refuse = (refusal: Refusal): Admission => ({ admitted: false, refusal });

/** What to tell the one who was refused. Its names are every refusal that there is. */
export const REFUSAL_MESSAGE: Readonly<Record<Refusal, string>> = {
  ROOM_NOT_FOUND: 'There is no room of this id.',
  ROOM_ENDED: 'This room has ended.',
  KICKED: 'The host removed you from this room.',
  NOT_INVITED: 'This room is private, and you are not invited.',
  ROOM_FULL: 'Every seat of this room is taken.',
};

export const refused = (refusal: Refusal): ServiceError =>
  new ServiceError(refusal, REFUSAL_MESSAGE[refusal]);

export const REFUSALS = Object.keys(REFUSAL_MESSAGE) as readonly Refusal[];
