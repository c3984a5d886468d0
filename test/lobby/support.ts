import { afterEach } from '@jest/globals';
import { call, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { instanceApis, stack } from '../support/stack.ts';

/** What the stories of this folder have in common: people, the two instances, and what a socket was told. */

export type Person = Awaited<ReturnType<typeof newPerson>>;

/** One of the two instances, past the gateway. */
export type Place = Readonly<{ url: string; api: string }>;

const placeOf = (index: number): Place => ({
  url: stack.instances[index] ?? '',
  api: instanceApis[index] ?? '',
});
export const first = placeOf(0);
export const second = placeOf(1);

/** So many users of this test's own, signed in. */
export function people<const N extends readonly string[]>(...names: N): Promise<{ [K in keyof N]: Person }> {
  return Promise.all(names.map((name) => newPerson(name))) as Promise<{ [K in keyof N]: Person }>;
}

/** By WebSocket alone, which is quicker; transports.test.ts has the other ways. */
export const socketAt = ({ url }: Pick<Place, 'url'>, { token }: Person): Promise<TestSocket> =>
  openSocket(token, url, { transports: ['websocket'] });

/** The sockets and clients of a test, which go with it. */
export function opened() {
  const open: { [Symbol.asyncDispose](): PromiseLike<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one[Symbol.asyncDispose]()));
  });
  function keep<T extends AsyncDisposable>(one: T): T {
    open.push(one);
    return one;
  }
  const socketOf = async (person: Person, place: Pick<Place, 'url'>): Promise<TestSocket> =>
    keep(await socketAt(place, person));
  return {
    keep,
    socketOf,
    /** A socket of theirs that is in the room. */
    async comeIn(roomId: string, person: Person, place: Pick<Place, 'url'>): Promise<TestSocket> {
      const socket = await socketOf(person, place);
      await socket.do('room:join', { roomId });
      return socket;
    },
  };
}

/** What the host of a room asks for over HTTP, at one of the instances. */
export const asHost = (method: string, path: string, host: Person, place: Place, body?: unknown) =>
  call(method, path, { token: host.token, base: place.api, ...(body === undefined ? {} : { body }) });

/** What was said, as this socket heard it. */
export const texts = (socket: TestSocket): string[] =>
  socket.all('chat:message').map(({ message }) => String(message));

export const heardNames = (socket: TestSocket): string[] => socket.heard.map(({ name }) => name);

/** What a socket heard besides the lobby, which is never quiet. */
export const ofTheRoom = (socket: TestSocket): string[] =>
  heardNames(socket).filter((name) => !/^(lobby:|room:list)/.test(name));

export type ListUpdate = { action: string; room: Record<string, unknown> };

const isAbout =
  (roomId: string) =>
  ({ room }: Record<string, unknown>): boolean =>
    (room as { id: string }).id === roomId;

/** What a socket in the lobby was told of one room; others come and go meanwhile. */
export const listUpdates = (socket: TestSocket, roomId: string): ListUpdate[] =>
  socket.all('room:list-update').filter(isAbout(roomId)) as ListUpdate[];

export const hearListUpdate = (
  socket: TestSocket,
  roomId: string,
  like: (update: ListUpdate) => boolean = () => true,
) =>
  socket.hear(
    'room:list-update',
    (payload) => isAbout(roomId)(payload) && like(payload as ListUpdate),
  ) as Promise<ListUpdate>;

/** Resolves when sockets in the lobby have heard whatever of the lobby was on its way to them. */
export async function lobbyIsQuiet(host: Person, ...sockets: readonly TestSocket[]): Promise<void> {
  const made = await Promise.all([first, second].map(({ api }) => newRoom(host.token, {}, api)));
  await Promise.all(sockets.flatMap((socket) => made.map(({ id }) => hearListUpdate(socket, id))));
}

/** Picks what is about this person. */
export const isUser =
  ({ id }: Person) =>
  ({ userId }: Record<string, unknown>): boolean =>
    userId === id;

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
