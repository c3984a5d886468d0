import { partiesOf } from '../subjects.ts';

/** One connection of a user's, at one of the servers. A server's id lasts as long as its process, and so do its `cid`s. */
export type UserConnection = Readonly<{ serverId: string; cid: number; roomId: string; userId: string }>;

/** As rooms count connections: `nats:<server>.<cid>`. */
export const DOOR = 'nats';

export const idOf = ({ serverId, cid }: Pick<UserConnection, 'serverId' | 'cid'>): string =>
  `${serverId}.${cid}`;

/** @returns null for the connection of one who is no user: a backend, ourselves */
export function userConnection(serverId: string, cid: number, user: string): UserConnection | null {
  const parties = partiesOf(user);
  return parties && { serverId, cid, ...parties };
}

/**
 * Reads what a room's seat lists.
 * @returns null for what came through another door
 */
export function fromKey(key: string, roomId: string, userId: string): UserConnection | null {
  const [, serverId, cid] = /^nats:([A-Z0-9]+)\.(\d+)$/.exec(key) ?? [];
  return serverId === undefined ? null : { serverId, cid: Number(cid), roomId, userId };
}
