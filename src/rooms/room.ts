/**
 * The room as the core sees it: one immutable value that holds everything a decision about the room needs.
 * Transitions (`transitions.ts`) make the next value of it; the store keeps it as one document, so that a
 * decision is one conditional write.
 */

export type Role = 'HOST' | 'PARTICIPANT';
export type RoomAccess = 'public' | 'private';
export type RoomStatus = 'LIVE' | 'ENDED';

/** Who is acting: a person of Keycloak (`sub`) or a wallet. `name` is what others see. */
export type User = Readonly<{ id: string; name: string }>;

/**
 * What a participant who is in holds.
 * `leaseUntil` is when the seat lapses unless a connection comes; null while one stands.
 * `connections` are the ids of live links, each prefixed with its door (`livekit:PA_…`, `socket@<instance>:…`).
 */
export type Seat = Readonly<{
  userId: string;
  name: string;
  isMuted: boolean;
  isVideoOff: boolean;
  isHandRaised: boolean;
  joinedAt: Date;
  leaseUntil: Date | null;
  connections: readonly string[];
}>;

/** What a track shows or lets hear. */
export type TrackSource = 'camera' | 'microphone' | 'screen' | 'other';

/** What is being recorded now. */
export type RoomRecording = Readonly<{ id: string; startedAt: Date }>;

export type Room = Readonly<{
  id: string;
  title: string;
  topic: string | null;
  language: string | null;
  maxParticipants: number;
  access: RoomAccess;
  invited: readonly string[];
  e2ee: boolean;
  status: RoomStatus;
  hostId: string;
  /** As in the host's seat; after the end that of the last host. Null in rooms that ended before it was kept. */
  hostName: string | null;
  createdAt: Date;
  endedAt: Date | null;
  recording: RoomRecording | null;
  seats: readonly Seat[];
  /** Users who were kicked and not forgiven. */
  kicked: readonly string[];
  /** Counts the room's changes; a write states the version that it was decided on. */
  version: number;
  /** `seq` of the room's newest event. */
  lastSeq: number;
}>;

/** One user in one room, ever (spec/README.md, "Words"). */
export type Participant = Readonly<{
  roomId: string;
  userId: string;
  name: string;
  role: Role;
  isMuted: boolean;
  isVideoOff: boolean;
  isHandRaised: boolean;
  isKicked: boolean;
  joinedAt: Date;
  leftAt: Date | null;
}>;

export function seatOf(room: Room, userId: string): Seat | undefined {
  return room.seats.find((seat) => seat.userId === userId);
}

/** The room with this seat as it is now. */
export function withSeat(room: Room, changed: Seat): Room {
  const seats = room.seats.map((seat) => (seat.userId === changed.userId ? changed : seat));
  return { ...room, seats };
}

/** The room with this participant for its host. */
export function hostedBy(room: Room, { userId, name }: Seat): Room {
  return { ...room, hostId: userId, hostName: name };
}

export function roleOf(room: Room, userId: string): Role {
  return room.hostId === userId ? 'HOST' : 'PARTICIPANT';
}

/** The participant who holds `seat`, as they are now. */
export function participantIn(room: Room, seat: Seat): Participant {
  return {
    roomId: room.id,
    userId: seat.userId,
    name: seat.name,
    role: roleOf(room, seat.userId),
    isMuted: seat.isMuted,
    isVideoOff: seat.isVideoOff,
    isHandRaised: seat.isHandRaised,
    isKicked: false,
    joinedAt: seat.joinedAt,
    leftAt: null,
  };
}

/** The doors through which someone is connected now. */
export function doorsOf(room: Room): string[] {
  const doors = room.seats.flatMap((seat) => seat.connections.map((id) => id.slice(0, id.indexOf(':'))));
  return [...new Set(doors)].toSorted();
}

/** When the room's next seat lapses; null when every seat is connected. */
export function nextLapse(room: Room): Date | null {
  const leases = room.seats.flatMap((seat) => (seat.leaseUntil ? [seat.leaseUntil.getTime()] : []));
  return leases.length > 0 ? new Date(Math.min(...leases)) : null;
}
