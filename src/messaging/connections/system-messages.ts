import { z } from 'zod';
import { type UserConnection, userConnection } from './connection.ts';

/** What nats-server says to the system account, as far as we listen (its server/events.go and monitor.go, 2.15). */

const server = z.object({ id: z.string() });

/** `$SYS.ACCOUNT.<account>.CONNECT` and `.DISCONNECT`. `user` is the name in the JWT; `name` would be the client's own word. */
const clientEvent = z.object({ server, client: z.object({ id: z.number(), user: z.string().optional() }) });

/** An answer to `$SYS.REQ.SERVER.PING.CONNZ` or `$SYS.REQ.SERVER.<id>.CONNZ`. */
const connz = z.object({
  server,
  data: z.object({
    total: z.number(),
    offset: z.number(),
    limit: z.number(),
    connections: z.array(z.object({ cid: z.number(), authorized_user: z.string().optional() })),
  }),
});

/** Some of a server's connections; `next` is the offset of those that follow, null at the end. */
export type Page = Readonly<{
  serverId: string;
  users: UserConnection[];
  count: number;
  next: number | null;
}>;

/** @returns null when it concerns no user */
export function readClientEvent(message: unknown): UserConnection | null {
  const { server, client } = clientEvent.parse(message);
  return userConnection(server.id, client.id, client.user ?? '');
}

/** `$SYS.SERVER.<id>.SHUTDOWN` */
export const shutServer = (subject: string): string => subject.split('.')[2] ?? '';

export function readPage(message: unknown): Page {
  const { server, data } = connz.parse(message);
  const { connections, offset, total } = data;
  const users = connections.flatMap(
    ({ cid, authorized_user: user = '' }) => userConnection(server.id, cid, user) ?? [],
  );
  const next = offset + connections.length;
  return {
    serverId: server.id,
    users,
    count: connections.length,
    next: connections.length > 0 && next < total ? next : null,
  };
}
