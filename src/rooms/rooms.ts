import { ServiceError } from '../errors.ts';
import { isDuplicateKey } from '../mongo.ts';
import { admit, refused, requireKeys } from './admission.ts';
import * as conduct from './conduct.ts';
import { type RoomEvent, type RoomFact, type RoomSummary, summarise } from './events.ts';
import type { ChatMessage, History, Page, PageRequest } from './history.ts';
import * as host from './host-rights.ts';
import { recordingMethods } from './recording-methods.ts';
import type { Relay } from './relay.ts';
import {
  type Participant,
  participantIn,
  type Room,
  type RoomAccess,
  type Seat,
  seatOf,
  type User,
} from './room.ts';
import type { ParticipantRecord } from './room-documents.ts';
import { listFilter, nextCursor, type RoomListRequest } from './room-list.ts';
import type { Changed, IdAndClock, RoomStore } from './room-store.ts';
import * as transition from './transitions.ts';

/** What a new room is made of; defaults are already in. */
export type NewRoom = Readonly<{
  title: string;
  topic: string | null;
  language: string | null;
  maxParticipants: number;
  access: RoomAccess;
  invited: readonly string[];
  e2ee: boolean;
}>;

/** A room together with the seat that one participant holds in it. */
export type SeatedIn = Readonly<{ room: Room; participant: Participant }>;

/** `administrator` may end any room; others only their own. */
export type Actor = Readonly<{ userId: string; administrator: boolean }>;

export type Rooms = ReturnType<typeof createRooms>;

/**
 * The rooms, as every door uses them. Each method takes one decision, writes it with its events, and has the
 * relay carry the events on. Methods throw `ServiceError` with the code of the refusal, or
 * STORE_UNAVAILABLE, or BUSY.
 *
 * Some take `once`, a UUID that names what is asked for: asked again with the same one, at whichever instance, after a
 * failure or at the same time, it is done once and answered as it was the first time.
 */
export function createRooms(deps: {
  store: RoomStore;
  history: Pick<History, 'chat' | 'formerParticipants' | 'wasIn'>;
  relay: Pick<Relay, 'carry'>;
  /** Told of what was written, for the doors of all instances. */
  announce: (room: Room, events: readonly RoomEvent[]) => void;
  source: IdAndClock;
  rules: transition.SeatRules;
}) {
  const { store, history, relay, announce, source, rules } = deps;

  const carryOn = ({ room, events }: Changed): Room => {
    if (events.length === 0) return room;
    relay.carry(events);
    announce(room, events);
    return room;
  };

  const write = async (
    roomId: string,
    decide: (room: Room) => transition.Transition,
    once?: string,
  ): Promise<Changed> => {
    const changed = await store.change(roomId, (room) => decide(found(room)), once);
    carryOn(changed);
    return changed;
  };

  const change = async (
    roomId: string,
    decide: (room: Room) => transition.Transition,
    once?: string,
  ): Promise<Room> => (await write(roomId, decide, once)).room;

  /** A change by one who holds a seat. @throws NO_SEAT, or the refusal of admission */
  const act = async (
    roomId: string,
    userId: string,
    decide: (room: Room, seat: Seat) => transition.Transition,
    once?: string,
  ) => write(roomId, (room) => decide(room, requireSeat(room, userId)), once);

  /** What was said and recorded is for those who were admitted and not put out since. */
  const lookBack = async (roomId: string, userId: string): Promise<Room> => {
    const room = found(await store.find(roomId));
    if (room.kicked.includes(userId)) throw refused('KICKED');
    if (!seatOf(room, userId) && !(await history.wasIn(roomId, userId)))
      throw new ServiceError('NO_SEAT', 'You were never in this room; join it first.');
    return room;
  };

  /**
   * Admits the user and claims a seat, in one write; a seat that is held already costs a read only.
   *
   * @param connection the live link that they come through, when there is one already
   */
  async function join(roomId: string, user: User, connection?: string): Promise<SeatedIn> {
    const decide = (room: Room | null) => transition.join(room, user, source.now(), rules, connection);
    return heldSeat(carryOn(await store.change(roomId, decide)), user.id);
  }

  /**
   * As `join`, for one who has no part in the keys of encrypted rooms.
   *
   * @throws SDP_IMPOSSIBLE_E2EE as well
   */
  async function joinKeyless(roomId: string, user: User, connection?: string): Promise<SeatedIn> {
    requireKeys(found(await store.find(roomId)), user.id);
    return join(roomId, user, connection);
  }

  /** A LIVE room. Its maker is host and holds the first seat. */
  async function make(id: string, host: User, input: NewRoom, connection?: string): Promise<Room> {
    const now = source.now();
    const seat = transition.connectedBy(transition.newSeat(host, now, rules), connection);
    const room: Room = {
      id,
      ...input,
      // Its maker stays welcome in a private room when another is host.
      invited: input.access === 'private' ? [...new Set([host.id, ...input.invited])] : input.invited,
      status: 'LIVE',
      hostId: host.id,
      hostName: host.name,
      createdAt: now,
      endedAt: null,
      recording: null,
      seats: [seat],
      kicked: [],
      version: 1,
      lastSeq: 0,
    };
    const facts: RoomFact[] = [
      { type: 'room.created', data: { room: summarise(room) } },
      { type: 'participant.joined', data: { participant: participantIn(room, seat) } },
    ];
    return carryOn(await store.insert(room, facts));
  }

  return {
    /** Makes a LIVE room. Its maker is host and holds the first seat. */
    create: (host: User, input: NewRoom): Promise<Room> => make(source.newId(), host, input),

    /** @throws ROOM_NOT_FOUND */
    async get(roomId: string): Promise<Room> {
      return found(await store.find(roomId));
    },

    /** One page of rooms, newest first. `next` leads to the page after it, null at the end. */
    async list(request: RoomListRequest): Promise<{ rooms: RoomSummary[]; next: string | null }> {
      // One more than asked tells whether there is a next page.
      const rows = await store.list({ filter: listFilter(request), limit: request.limit + 1 });
      const rooms = rows.slice(0, request.limit);
      return { rooms, next: rows.length > rooms.length ? nextCursor(rooms) : null };
    },

    join,
    joinKeyless,

    /** As `joinKeyless`, and where there is no room of this id it is made, with the user for its host. */
    async joinOrMake(roomId: string, user: User, input: NewRoom, connection?: string): Promise<SeatedIn> {
      if ((await store.find(roomId)) !== null) return joinKeyless(roomId, user, connection);
      try {
        return heldSeat(await make(roomId, user, input, connection), user.id);
      } catch (error) {
        // Another was quicker: theirs is the room.
        if (isDuplicateKey(error)) return joinKeyless(roomId, user, connection);
        throw error;
      }
    },

    /** The seat that the user holds, for those who renew a token. @throws NO_SEAT, or the refusal of admission */
    async seat(roomId: string, userId: string): Promise<SeatedIn> {
      return heldSeat(await store.find(roomId), userId);
    },

    async leave(roomId: string, userId: string): Promise<Room> {
      return change(roomId, (room) => transition.leave(room, userId, source.now(), 'left'));
    },

    /** @throws NOT_HOST */
    async end(roomId: string, actor: Actor): Promise<Room> {
      return change(roomId, (room) => {
        if (room.hostId !== actor.userId && !actor.administrator) throw host.notHost();
        return transition.end(room, actor.userId, source.now());
      });
    },

    /** For the host. @throws NOT_HOST, ROOM_ENDED, TOO_FEW_SEATS */
    async update(roomId: string, hostId: string, changes: host.RoomChanges): Promise<Room> {
      return change(roomId, (room) => host.update(room, hostId, changes));
    },

    /** For the host: out now and for good. @throws NOT_HOST, ROOM_ENDED, INVALID_REQUEST, TOO_MANY_KICKED */
    async kick(roomId: string, hostId: string, userId: string): Promise<Room> {
      return change(roomId, (room) => host.kick(room, hostId, userId, source.now()));
    },

    /** For the host. @throws NOT_HOST, ROOM_ENDED */
    async forgive(roomId: string, hostId: string, userId: string): Promise<Room> {
      return change(roomId, (room) => host.forgive(room, hostId, userId));
    },

    /** For the host. @throws NOT_HOST, ROOM_ENDED, NO_SUCH_PARTICIPANT */
    async mute(roomId: string, hostId: string, userId: string, once?: string): Promise<Room> {
      return change(roomId, (room) => host.mute(room, hostId, userId), once);
    },

    /** For the host: all but themselves. @throws NOT_HOST, ROOM_ENDED */
    async muteAll(roomId: string, hostId: string): Promise<Room> {
      return change(roomId, (room) => host.muteAll(room, hostId));
    },

    /** For the host. @throws NOT_HOST, ROOM_ENDED, NO_SUCH_PARTICIPANT */
    async handOver(roomId: string, hostId: string, userId: string): Promise<Room> {
      return change(roomId, (room) => host.handOver(room, hostId, userId));
    },

    ...recordingMethods({ get: async (roomId) => found(await store.find(roomId)), change, now: source.now }),

    async setMuted(roomId: string, userId: string, isMuted: boolean, once?: string): Promise<void> {
      await act(roomId, userId, (room, seat) => conduct.setMuted(room, seat, isMuted), once);
    },

    async setVideoOff(roomId: string, userId: string, isVideoOff: boolean): Promise<void> {
      await act(roomId, userId, (room, seat) => conduct.setVideoOff(room, seat, isVideoOff));
    },

    async setHandRaised(roomId: string, userId: string, isHandRaised: boolean, once?: string): Promise<void> {
      await act(roomId, userId, (room, seat) => conduct.setHandRaised(room, seat, isHandRaised), once);
    },

    /** Says something to all who are in. Resolves when it is written. */
    async say(roomId: string, userId: string, text: string, once?: string): Promise<ChatMessage> {
      const { events, before } = await act(
        roomId,
        userId,
        (room, seat) => conduct.say(room, seat, text),
        once,
      );
      const event = [...events, ...(before ? [before] : [])].find((one) => one.type === 'chat.message');
      if (!event) throw new Error('a message was not written, and nobody said why');
      const { sender, text: said } = event.data;
      return { id: event.id, roomId, sender, text: said, createdAt: event.at };
    },

    /**
     * What was said, newest first, for those who were admitted and not put out since.
     * @throws ROOM_NOT_FOUND, KICKED, NO_SEAT
     */
    async chat(roomId: string, userId: string, page: PageRequest): Promise<Page<ChatMessage>> {
      await lookBack(roomId, userId);
      return history.chat(roomId, page);
    },

    /** The room, for those who may see what is left of it. @throws ROOM_NOT_FOUND, KICKED, NO_SEAT */
    lookBack: (roomId: string, userId: string): Promise<Room> => lookBack(roomId, userId),

    /** Who was in and is not now, the last to go first. */
    async formerParticipants(room: Room, page: PageRequest): Promise<Page<Participant>> {
      return history.formerParticipants(room.id, page, room);
    },

    /** A live link of one who holds a seat. @throws NO_SEAT, or the refusal of admission */
    async connected(roomId: string, userId: string, connection: string): Promise<Room> {
      return change(roomId, (room) => {
        heldSeat(room, userId);
        return transition.connect(room, userId, connection);
      });
    },

    async disconnected(roomId: string, userId: string, connection: string): Promise<Room> {
      return change(roomId, (room) => transition.disconnect(room, userId, connection, source.now(), rules));
    },

    async doorClosed(roomId: string, door: string): Promise<Room> {
      return change(roomId, (room) => transition.disconnectDoor(room, door, source.now(), rules));
    },

    /** Ids of rooms that someone is connected to through `door`, up to `limit`. */
    roomsWithDoor: (door: string, limit: number): Promise<string[]> => store.withDoor(door, limit),

    /** Frees the seats that are overdue, in up to `limit` rooms. @returns how many rooms were looked at */
    async lapseDue(limit: number): Promise<number> {
      const due = await store.dueToLapse(source.now(), limit);
      const lapsed = await Promise.allSettled(
        due.map((roomId) => change(roomId, (room) => transition.lapse(room, source.now()))),
      );
      for (const result of lapsed) if (result.status === 'rejected') throw result.reason;
      return due.length;
    },

    /** The user's record in this room, whether they are in or not; null for one who never was. */
    async record(roomId: string, userId: string): Promise<ParticipantRecord | null> {
      return store.findRecord(roomId, userId);
    },
  };
}

function requireSeat(room: Room, userId: string): Seat {
  heldSeat(room, userId);
  return seatOf(room, userId) as Seat;
}

function found(room: Room | null): Room {
  if (room === null) throw refused('ROOM_NOT_FOUND');
  return room;
}

/** Admission asked once more of someone who should be in: they may have been kicked since, or the room ended. */
function heldSeat(room: Room | null, userId: string): SeatedIn {
  const admission = admit(room, userId);
  if (room && admission.admitted && admission.seat)
    return { room, participant: participantIn(room, admission.seat) };
  // A full room says nothing about one who has no seat in it: the answer is the same when it is not full.
  if (admission.admitted || admission.refusal === 'ROOM_FULL')
    throw new ServiceError('NO_SEAT', 'You hold no seat in this room; join it first.');
  throw refused(admission.refusal);
}
