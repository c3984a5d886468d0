import { createHmac } from 'node:crypto';
import type { Room } from '../src/rooms/room.ts';
import type { BenchUser, Issuer } from './issuer.ts';
import type { LoadRequest } from './load.ts';
import { roomOf, SEATS } from './room-seed.ts';
import { BenchError } from './row.ts';

const USERS = 500;

/** Distinct people, each with a token of their own. */
export function benchUsers(issuer: Issuer): BenchUser[] {
  return Array.from({ length: USERS }, (_, index) => issuer.user(index + 1));
}

/** Rooms with every seat taken, so that each user holds one seat. */
export function fullRooms(users: readonly BenchUser[]): Room[] {
  const rooms: Room[] = [];
  for (let start = 0; start < users.length; start += SEATS) {
    const [host, ...others] = users.slice(start, start + SEATS);
    if (host) rooms.push(roomOf([host, ...others]));
  }
  return rooms;
}

/** A join of each user who is in, again. */
export function heldJoins(
  rooms: readonly Room[],
  users: readonly BenchUser[],
  secret: string,
): LoadRequest[] {
  const byId = new Map(users.map((user) => [user.id, user]));
  const joins = rooms.flatMap((room) =>
    room.seats.flatMap(({ userId }) => {
      const user = byId.get(userId);
      return user ? [joinRequest(room.id, user, secret)] : [];
    }),
  );
  return joins;
}

/**
 * New rooms with their host in, and for each free seat a user who joins. Ordered by seat, not by room: joins
 * at the same time are of different rooms, as in life.
 */
export function firstJoins(
  count: number,
  users: readonly BenchUser[],
  secret: string,
): { rooms: Room[]; joins: LoadRequest[] } {
  const rooms: Room[] = [];
  const bySeat: LoadRequest[][] = Array.from({ length: SEATS - 1 }, () => []);
  for (let made = 0; made * (SEATS - 1) < count; made += 1) {
    const [host, ...joiners] = Array.from(
      { length: SEATS },
      (_, seat) => users[(made + seat * 7) % users.length],
    );
    if (!host) throw new BenchError('there are no users');
    const room = roomOf([host]);
    rooms.push(room);
    for (const [seat, user] of joiners.entries())
      if (user) bySeat[seat]?.push(joinRequest(room.id, user, secret));
  }
  return { rooms, joins: bySeat.flat() };
}

/** The same request to the service and to every floor of it. */
function joinRequest(roomId: string, user: BenchUser, secret: string): LoadRequest {
  return {
    path: `/api/realtime/rooms/${roomId}/join`,
    bearer: user.token,
    verify: (body) => verifyAnswer(body, roomId, user.id, secret),
  };
}

/** @throws BenchError unless the answer has a LiveKit token, signed by our key, for this room and this user */
export function verifyAnswer(body: string, roomId: string, userId: string, secret: string): void {
  const answer = JSON.parse(body) as { participant_token?: string };
  const [header = '', payload = '', signature = ''] = (answer.participant_token ?? '').split('.');
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  if (signature !== expected) throw new BenchError('its LiveKit token is not signed by our key');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    sub?: string;
    video?: { room?: string; roomJoin?: boolean };
  };
  if (claims.sub !== userId)
    throw new BenchError(`its LiveKit token is for "${claims.sub}", not "${userId}"`);
  if (claims.video?.room !== roomId || claims.video.roomJoin !== true)
    throw new BenchError(`its LiveKit token is for the room "${claims.video?.room}", not "${roomId}"`);
}
