import type { Principal } from '../../src/auth/index.ts';
import type { LobbyOffset } from '../../src/lobby/offset.ts';
import type { LobbyServer, LobbySocket } from '../../src/lobby/protocol.ts';
import type { RoomEvent } from '../../src/rooms/events.ts';
import type { Feed } from '../../src/rooms/feed.ts';
import { type Participant, participantIn, type Room, type Seat } from '../../src/rooms/room.ts';

/** Rooms for tests: a LIVE public room of six, hosted by `host`, who is in since noon. */

export const noon = new Date('2026-01-01T12:00:00Z');
export const minutesAfterNoon = (minutes: number): Date => new Date(noon.getTime() + minutes * 60_000);

export function aSeat(userId: string, more: Partial<Seat> = {}): Seat {
  return {
    userId,
    name: `Name of ${userId}`,
    isMuted: false,
    isVideoOff: false,
    isHandRaised: false,
    joinedAt: noon,
    leaseUntil: null,
    connections: [`livekit:${userId}`],
    ...more,
  };
}

/** What a room is made of, as the rooms take it. */
export const newRoomInput = {
  title: 'A room',
  topic: null,
  language: null,
  maxParticipants: 6,
  access: 'public',
  invited: [],
  e2ee: false,
} as const;

export function aRoom(more: Partial<Room> = {}): Room {
  return {
    id: 'a-room',
    ...newRoomInput,
    status: 'LIVE',
    hostId: 'host',
    hostName: 'Name of host',
    createdAt: noon,
    endedAt: null,
    recording: null,
    seats: [aSeat('host')],
    kicked: [],
    version: 1,
    lastSeq: 2,
    ...more,
  };
}

export const aParticipant = (userId: string, more: Partial<Participant> = {}): Participant => ({
  ...participantIn(aRoom(), aSeat(userId)),
  ...more,
});

type Place = Partial<Pick<RoomEvent, 'id' | 'roomId' | 'seq' | 'at'>>;

/** An event of the room, written at noon; its id follows from its `seq`. */
export function anEvent<T extends RoomEvent['type']>(
  type: T,
  data: (RoomEvent & { type: T })['data'],
  { roomId = 'a-room', seq = 3, id = `${roomId}-${seq}`, at = noon }: Place = {},
): RoomEvent & { type: T } {
  return { type, data, id, roomId, seq, at } as RoomEvent & { type: T };
}

/** What the lobby's list has told, of which a test decides where one who comes in begins. */
export const aLobbyPlace = (at: Date, last: LobbyOffset['last'] = null): { place(): LobbyOffset } => ({
  place: () => ({ in: 'lobby', at, last }),
});

/** Something that the host said: an event that changes nothing of the room. */
export const saidBy = (userId: string, place: Place & { seq: number }): RoomEvent =>
  anEvent(
    'chat.message',
    { sender: { id: userId, name: `Name of ${userId}` }, text: `message ${place.seq}` },
    place,
  );
export const said = (seq: number, roomId = 'a-room'): RoomEvent => saidBy('host', { seq, roomId });

/** A user as their token, which holds for an hour, says. */
export const aPrincipal = (userId: string, more: Partial<Principal> = {}): Principal => ({
  user: { id: userId, name: `Name of ${userId}` },
  sessionId: null,
  issuedAt: noon.getTime() / 1_000,
  expiresAt: noon.getTime() / 1_000 + 3_600,
  ...more,
});

/** A feed whose events a test tells, each in its turn. */
export function aFeed() {
  const told = new Map<string, number>();
  const listeners: ((event: RoomEvent) => void)[] = [];
  const feed: Feed = {
    onEvent: (listener) => void listeners.push(listener),
    follow: (roomId, seq) => void (told.has(roomId) || told.set(roomId, seq)),
    unfollow: (roomId) => void told.delete(roomId),
    told: (roomId) => told.get(roomId) ?? null,
    offer() {},
    async [Symbol.asyncDispose]() {},
  };
  return {
    feed,
    follows: (): string[] => [...told.keys()],
    tell(...events: readonly RoomEvent[]): void {
      for (const event of events) {
        const before = told.get(event.roomId);
        if (before === undefined) continue;
        if (event.seq !== before + 1) throw new Error(`the feed tells ${before + 1} next, not ${event.seq}`);
        told.set(event.roomId, event.seq);
        for (const listener of listeners) listener(event);
      }
    },
  };
}

/** What a socket was told: the name of the message, what it says, and the offset, if it has one. */
export type Told = [name: string, ...rest: unknown[]];
export type ASocket = LobbySocket & { heard: Told[]; connected: boolean; cut(): void };

/** Socket.IO in memory, as far as the lobby uses it: who is where, and what each was told. */
export function aLobby() {
  const sockets = new Map<string, ASocket>();
  /** What was sent to other instances too. */
  const beyond: { to: string; message: Told }[] = [];
  const broadcast = (to: string, except: readonly string[], message: Told): void => {
    for (const socket of sockets.values())
      if (socket.rooms.has(to) && !except.includes(socket.id)) socket.heard.push(message);
  };
  const local = (to: string, except: readonly string[] = []) => ({
    except: (ids: readonly string[]) => local(to, [...except, ...ids]),
    emit: (...message: Told) => broadcast(to, except, message),
  });
  const everywhere = (to: string) => ({
    emit(...message: Told) {
      beyond.push({ to, message });
      broadcast(to, [], message);
    },
  });

  return {
    io: { to: everywhere, local: { to: local } } as unknown as LobbyServer,
    beyond,
    /** The sockets that hear what is sent to a room of Socket.IO. */
    listening: (to: string): string[] =>
      [...sockets.values()].filter((socket) => socket.rooms.has(to)).map(({ id }) => id),
    socket(id: string, auth: Record<string, unknown> = {}): ASocket {
      const rooms = new Set([id]);
      const socket = {
        id,
        connected: true,
        handshake: { auth },
        rooms,
        heard: [] as Told[],
        join(given: string | string[]) {
          for (const room of [given].flat()) rooms.add(room);
        },
        leave: (room: string) => void rooms.delete(room),
        emit: (...message: Told) => void socket.heard.push(message),
        disconnect: () => socket.cut(),
        cut() {
          socket.connected = false;
          rooms.clear();
        },
      };
      sockets.set(id, socket as unknown as ASocket);
      return socket as unknown as ASocket;
    },
  };
}
