import { call, join, newRoom } from '../support/client.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { instanceApis, stack } from '../support/stack.ts';
import { newAdministrator, type Person, people } from './people.ts';

/** Rooms of every kind, and who may be about in one: what the table of matrix.test.ts speaks of. */

export const KINDS = ['public', 'private', 'ended'] as const;
export type Kind = (typeof KINDS)[number];
export const ROLES = ['nobody', 'stranger', 'participant', 'kicked', 'host', 'administrator'] as const;
export type Role = (typeof ROLES)[number];

/** The same people in every room. */
export type Cast = Readonly<Record<Exclude<Role, 'nobody'>, Person>>;

/** A room of one kind, with the cast in it as each is named, and sockets of some of them. */
export type World = AsyncDisposable & Readonly<{ roomId: string; sockets: ReadonlyMap<Role, TestSocket> }>;

export const apiOf = (turn: number): string => instanceApis[turn % instanceApis.length] ?? '';
export const instanceOf = (turn: number): string => stack.instances[turn % stack.instances.length] ?? '';

export async function makeCast(): Promise<Cast> {
  const [administrator, [host, participant, kicked, stranger]] = await Promise.all([
    newAdministrator(),
    people('host', 'participant', 'kicked', 'stranger'),
  ]);
  return { stranger, participant, kicked, host, administrator };
}

/** Whom something is done to, when this one does it. */
export const otherOf = (role: Role): 'host' | 'participant' =>
  role === 'participant' ? 'host' : 'participant';

/**
 * @param turn decides which instances the room and the sockets are made at
 * @param options.about whom it takes: the others are not in it, and were not
 * @param options.sockets whose sockets there shall be
 * @param options.inside whether the sockets of those who are in, or were, are or were in the room as well
 */
export async function makeWorld(
  cast: Cast,
  kind: Kind,
  turn: number,
  options: { about?: readonly Role[]; sockets?: readonly Role[]; inside?: boolean } = {},
): Promise<World> {
  const { about = ROLES, inside = false } = options;
  const base = apiOf(turn);
  const { host, participant, kicked } = cast;
  const invited = [participant.id, kicked.id];
  const [sockets, { id }] = await Promise.all([
    openSockets(cast, options.sockets ?? [], turn),
    newRoom(host.token, kind === 'private' ? { access: 'private', invited } : {}, base),
  ]);
  const some = (...roles: Role[]) =>
    inside ? roles.flatMap((role) => [sockets.get(role) ?? []].flat()) : [];

  const joining = (['participant', 'kicked'] as const).filter((role) => about.includes(role));
  await Promise.all(joining.map((role) => join(id, cast[role].token, base)));
  await Promise.all(some('participant', 'kicked', 'host').map((one) => one.do('room:join', { roomId: id })));
  if (joining.includes('kicked'))
    await call('POST', `/rooms/${id}/kick/${kicked.id}`, { token: host.token, base });
  await Promise.all(some('kicked').map(isBackInLobby));
  if (kind === 'ended') {
    await call('DELETE', `/rooms/${id}`, { token: host.token, base });
    await Promise.all(some('participant', 'host').map(isBackInLobby));
  }
  return {
    roomId: id,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const { socket } of sockets.values()) socket.disconnect();
    },
  };
}

/** Next to each other at different instances. */
async function openSockets(cast: Cast, roles: readonly Role[], turn: number) {
  const opened = roles.map(async (role, index) =>
    role === 'nobody' ? [] : [[role, await openSocket(cast[role].token, instanceOf(turn + index))] as const],
  );
  return new Map<Role, TestSocket>((await Promise.all(opened)).flat());
}

/** A socket is told that it is in the lobby when it connects, and once more when it is out of its room. */
async function isBackInLobby(socket: TestSocket): Promise<void> {
  await socket.hear('lobby:entered', () => socket.all('lobby:entered').length > 1);
}
