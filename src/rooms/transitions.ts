import { admit, refused } from './admission.ts';
import { type LeaveReason, type RoomFact, summarise } from './events.ts';
import {
  hostedBy,
  type Participant,
  participantIn,
  type Room,
  type Seat,
  seatOf,
  type User,
  withSeat,
} from './room.ts';

/**
 * What can be done to a room, as pure functions from one value of it to the next. A transition refuses by
 * throwing a `ServiceError`; one that has nothing to do returns `unchanged`, and nothing is written.
 */
export type Transition = Readonly<{ room: Room; facts: readonly RoomFact[] }>;

export const unchanged = (room: Room): Transition => ({ room, facts: [] });

/** Lengths of time in milliseconds. */
export type SeatRules = Readonly<{ seatLease: number; emptyGrace: number }>;

const later = (now: Date, milliseconds: number): Date => new Date(now.getTime() + milliseconds);

/**
 * The user takes a seat, or is found to hold one. The one way into a room.
 *
 * @param connection the live link that they come through, when there is one already
 */
export function join(
  room: Room | null,
  user: User,
  now: Date,
  rules: SeatRules,
  connection?: string,
): Transition {
  const admission = admit(room, user.id);
  if (!admission.admitted) throw refused(admission.refusal);
  // `admit` refuses a missing room.
  const current = room as Room;
  if (admission.seat)
    return connection === undefined ? unchanged(current) : connect(current, user.id, connection);
  const seat = connectedBy(newSeat(user, now, rules), connection);
  const next = { ...current, seats: [...current.seats, seat] };
  return {
    room: next,
    facts: [{ type: 'participant.joined', data: { participant: participantIn(next, seat) } }],
  };
}

export function newSeat(user: User, now: Date, rules: SeatRules): Seat {
  return {
    userId: user.id,
    name: user.name,
    isMuted: false,
    isVideoOff: false,
    isHandRaised: false,
    joinedAt: now,
    leaseUntil: later(now, rules.seatLease),
    connections: [],
  };
}

/** A seat whose holder comes through a live link, if there is one. */
export function connectedBy(seat: Seat, connection: string | undefined): Seat {
  return connection === undefined ? seat : { ...seat, leaseUntil: null, connections: [connection] };
}

/** The user gives up the seat, through every door. One who holds none is out already: nothing to do. */
export function leave(room: Room, userId: string, now: Date, reason: LeaveReason): Transition {
  return vacate(room, (seat) => seat.userId === userId, now, reason);
}

/** The room is over for all. An ended room stays as it is. */
export function end(room: Room, by: string | null, now: Date): Transition {
  if (room.status === 'ENDED') return unchanged(room);
  const left = room.seats.map((seat) => leftFact(room, seat, now, 'ended'));
  const ended: Room = { ...room, status: 'ENDED', endedAt: now, recording: null, seats: [] };
  const stopped = recordingStopped(room);
  return {
    room: ended,
    facts: [...left, ...stopped, { type: 'room.ended', data: { room: summarise(ended), by } }],
  };
}

/**
 * A live link of a participant stands, through one door. Their seat lapses no longer.
 * Someone without a seat is not let in by this: the caller asks `join` first.
 */
export function connect(room: Room, userId: string, connection: string): Transition {
  const seat = seatOf(room, userId);
  if (!seat || seat.connections.includes(connection)) return unchanged(room);
  return unannounced(room, { ...seat, leaseUntil: null, connections: [...seat.connections, connection] });
}

/** A live link is gone. With the last one the grace begins, in which coming back keeps the seat. */
export function disconnect(
  room: Room,
  userId: string,
  connection: string,
  now: Date,
  rules: SeatRules,
): Transition {
  return drop(room, (seat, id) => seat.userId === userId && id === connection, now, rules);
}

/** Every link through one door is gone at once, as when LiveKit closes its room. */
export function disconnectDoor(room: Room, door: string, now: Date, rules: SeatRules): Transition {
  return drop(room, (_seat, id) => id.startsWith(`${door}:`), now, rules);
}

function drop(
  room: Room,
  gone: (seat: Seat, connection: string) => boolean,
  now: Date,
  rules: SeatRules,
): Transition {
  const seats = room.seats.map((seat) => {
    const connections = seat.connections.filter((id) => !gone(seat, id));
    if (connections.length === seat.connections.length) return seat;
    return {
      ...seat,
      connections,
      leaseUntil: connections.length === 0 ? later(now, rules.emptyGrace) : null,
    };
  });
  return seats.every((seat, index) => seat === room.seats[index])
    ? unchanged(room)
    : { room: { ...room, seats }, facts: [] };
}

/** Frees the seats whose lease is over: claimed and never connected, or cut off for longer than the grace. */
export function lapse(room: Room, now: Date): Transition {
  const isOver = (seat: Seat) => seat.leaseUntil !== null && seat.leaseUntil <= now;
  return vacate(room, isOver, now, 'lapsed');
}

/** Frees seats; the longest-present becomes host when the host is gone; without anyone the room is over. */
function vacate(room: Room, gone: (seat: Seat) => boolean, now: Date, reason: LeaveReason): Transition {
  const leaving = room.seats.filter(gone);
  if (room.status === 'ENDED' || leaving.length === 0) return unchanged(room);
  const facts: RoomFact[] = leaving.map((seat) => leftFact(room, seat, now, reason));
  const staying = room.seats.filter((seat) => !gone(seat));
  if (staying.length === 0) {
    const ended: Room = { ...room, seats: [], status: 'ENDED', endedAt: now, recording: null };
    return {
      room: ended,
      facts: [
        ...facts,
        ...recordingStopped(room),
        { type: 'room.ended', data: { room: summarise(ended), by: null } },
      ],
    };
  }
  const heir = leaving.some((seat) => seat.userId === room.hostId) ? longestPresent(staying) : undefined;
  const stayed: Room = { ...room, seats: staying };
  const next = heir ? hostedBy(stayed, heir) : stayed;
  if (heir)
    facts.push({
      type: 'participant.promoted',
      data: { participant: participantIn(next, heir), former: null },
    });
  return { room: next, facts };
}

/** A recording ends with its room. */
function recordingStopped({ recording }: Room): RoomFact[] {
  return recording ? [{ type: 'recording.stopped', data: { recordingId: recording.id, by: null } }] : [];
}

function longestPresent(seats: readonly Seat[]): Seat | undefined {
  return seats.toSorted((a, b) => a.joinedAt.getTime() - b.joinedAt.getTime())[0];
}

function leftFact(room: Room, seat: Seat, now: Date, reason: LeaveReason): RoomFact {
  const participant: Participant = {
    ...participantIn(room, seat),
    isHandRaised: false,
    leftAt: now,
  };
  return { type: 'participant.left', data: { participant, reason } };
}

function unannounced(room: Room, changed: Seat): Transition {
  return { room: withSeat(room, changed), facts: [] };
}
