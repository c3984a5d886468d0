import { ServiceError } from '../errors.ts';
import { refused } from './admission.ts';
import { type RoomFact, summarise } from './events.ts';
import { hostedBy, type Participant, participantIn, type Room, type Seat, seatOf } from './room.ts';
import { type Transition, unchanged } from './transitions.ts';

/**
 * What a host may do to a LIVE room, as transitions (transitions.ts). Each refuses with NOT_HOST whoever is not
 * its host now, whatever they were when they asked.
 */

/** A room remembers so many; past that it had better be private. Its document holds them all. */
const MAX_KICKED = 1_000;

/** What may change of a room; what is left out stays as it is. */
export type RoomChanges = Readonly<{
  title?: string | undefined;
  topic?: string | null | undefined;
  language?: string | null | undefined;
  maxParticipants?: number | undefined;
  invited?: readonly string[] | undefined;
}>;

/** @throws TOO_FEW_SEATS when more are in than the room would take */
export function update(room: Room, actor: string, changes: RoomChanges): Transition {
  requireHost(room, actor);
  const given = Object.entries(withHost(room, changes)).filter(([, value]) => value !== undefined);
  const next: Room = { ...room, ...Object.fromEntries(given) };
  if (next.maxParticipants < room.seats.length)
    throw new ServiceError('TOO_FEW_SEATS', `${room.seats.length} are in; the room cannot be smaller.`, {
      fields: [{ path: 'maxParticipants', message: `must be at least ${room.seats.length}` }],
    });
  const differs = given.some(([name, value]) => !same(value, room[name as keyof Room]));
  if (!differs) return unchanged(room);
  return { room: next, facts: [{ type: 'room.updated', data: { room: summarise(next), by: actor } }] };
}

/** Whoever is host stays welcome in a private room when another is, as its maker does. */
function withHost({ access, hostId }: Room, changes: RoomChanges): RoomChanges {
  if (access === 'public' || changes.invited === undefined) return changes;
  return { ...changes, invited: [...new Set([hostId, ...changes.invited])] };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Out now, and for good. Someone who is not in can be kept out just as well. @throws TOO_MANY_KICKED */
export function kick(room: Room, actor: string, userId: string, now: Date): Transition {
  requireHost(room, actor);
  if (userId === actor)
    throw new ServiceError(
      'INVALID_REQUEST',
      'A host cannot remove themselves: leave, or hand the room over.',
      {
        fields: [{ path: 'userId', message: 'is your own' }],
      },
    );
  if (room.kicked.includes(userId)) return unchanged(room);
  if (room.kicked.length >= MAX_KICKED)
    throw new ServiceError('TOO_MANY_KICKED', `A room keeps out ${MAX_KICKED} at most; make it private.`);
  const seat = seatOf(room, userId);
  const participant: Participant | null = seat
    ? { ...participantIn(room, seat), isKicked: true, isHandRaised: false, leftAt: now }
    : null;
  const next: Room = {
    ...room,
    kicked: [...room.kicked, userId],
    seats: room.seats.filter((other) => other !== seat),
  };
  return {
    room: next,
    facts: [{ type: 'participant.kicked', data: { userId, participant, by: actor } }],
  };
}

/** The one who was kicked may come in again, if admission agrees. */
export function forgive(room: Room, actor: string, userId: string): Transition {
  requireHost(room, actor);
  if (!room.kicked.includes(userId)) return unchanged(room);
  return {
    room: { ...room, kicked: room.kicked.filter((id) => id !== userId) },
    facts: [{ type: 'participant.forgiven', data: { userId, by: actor } }],
  };
}

/** @throws NO_SUCH_PARTICIPANT */
export function mute(room: Room, actor: string, userId: string): Transition {
  requireHost(room, actor);
  const seat = requireSeat(room, userId);
  return muteAll(room, actor, (other) => other.userId === seat.userId);
}

/**
 * Mutes whom `which` picks; without it all but the host. Those too who count as muted: that is their own word, and what
 * the host asks for is done in LiveKit.
 */
export function muteAll(
  room: Room,
  actor: string,
  which: (seat: Seat) => boolean = (seat) => seat.userId !== room.hostId,
): Transition {
  requireHost(room, actor);
  if (!room.seats.some(which)) return unchanged(room);
  const seats = room.seats.map((seat) => (which(seat) ? { ...seat, isMuted: true } : seat));
  const next: Room = { ...room, seats };
  const facts = seats.filter(which).map(
    (seat): RoomFact => ({
      type: 'participant.muted',
      data: {
        participant: participantIn(next, seat),
        by: actor,
        again: seatOf(room, seat.userId)?.isMuted === true,
      },
    }),
  );
  return { room: next, facts };
}

/** Another who is in becomes host. @throws NO_SUCH_PARTICIPANT */
export function handOver(room: Room, actor: string, userId: string): Transition {
  requireHost(room, actor);
  const seat = requireSeat(room, userId);
  if (userId === room.hostId) return unchanged(room);
  const next = hostedBy(room, seat);
  const former = seatOf(room, actor);
  const fact: RoomFact = {
    type: 'participant.promoted',
    data: { participant: participantIn(next, seat), former: former ? participantIn(next, former) : null },
  };
  return { room: next, facts: [fact] };
}

/** Strangers learn nothing of the room, not even whether it has ended. */
export function requireHost(room: Room, userId: string): void {
  if (room.hostId !== userId) throw notHost();
  if (room.status === 'ENDED') throw refused('ROOM_ENDED');
}

export const notHost = (): ServiceError => new ServiceError('NOT_HOST', 'Only the host may do this.');

function requireSeat(room: Room, userId: string): Seat {
  const seat = seatOf(room, userId);
  if (!seat) throw new ServiceError('NO_SUCH_PARTICIPANT', 'This user is not in the room.');
  return seat;
}
