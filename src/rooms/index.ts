import type { Connection } from 'mongoose';
import type { RoomChannels } from './channels.ts';
import type { RoomEvent } from './events.ts';
import { createFeed, type Feed, type FeedLog } from './feed.ts';
import { createHistory, type History } from './history.ts';
import { createListWatch, type ListWatch } from './list-watch.ts';
import { createOutboxStore } from './outbox.ts';
import { createRelay, type EventHandler, type RelayLog } from './relay.ts';
import type { Room } from './room.ts';
import { roomModels } from './room-documents.ts';
import { createRoomStore, type IdAndClock } from './room-store.ts';
import { createRooms, type Rooms } from './rooms.ts';
import type { SeatRules } from './transitions.ts';

export { REFUSALS, refusalToSee, refused } from './admission.ts';
export { noChannels, type RoomChannels, type RoomListChange } from './channels.ts';
export { type RoomEvent, type RoomSummary, summarise } from './events.ts';
export type { Feed, FeedLog } from './feed.ts';
export type { ChatMessage, History } from './history.ts';
export type { ListWatch } from './list-watch.ts';
export type { EventHandler, RelayLog } from './relay.ts';
export type { Participant, Role, Room, TrackSource, User } from './room.ts';
export { participantIn, roleOf, seatOf } from './room.ts';
export type { NewRoom, Rooms, SeatedIn } from './rooms.ts';

/** The rooms, and what doors listen to. Disposing waits for events that are being carried on. */
export type OpenRooms = AsyncDisposable &
  Readonly<{
    rooms: Rooms;
    /** What happens in the rooms that a door follows here. */
    feed: Feed;
    /** What changes in the list of public rooms. */
    list: ListWatch;
    history: Pick<History, 'eventsAfter'>;
  }>;

/**
 * Builds the rooms on a MongoDB connection.
 *
 * @param deps.channels how instances tell each other what happened
 * @param deps.handlers made with the rooms, since most of them look at the room as it is when they act
 */
export function openRooms(deps: {
  connection: Connection;
  channels: RoomChannels;
  source: IdAndClock;
  rules: SeatRules;
  log: RelayLog & FeedLog;
  handlers: (rooms: Rooms) => readonly EventHandler[];
}): OpenRooms {
  const { channels, log, source } = deps;
  const models = roomModels(deps.connection);
  const store = createRoomStore(models, source);
  const history = createHistory(models);
  const feed = createFeed({ channels, history, lastSeqs: store.lastSeqs, log });
  const list = createListWatch({ channels, store, history, onError: log.stalled });
  const announce = (room: Room, events: readonly RoomEvent[]): void => {
    feed.offer(events);
    channels.publishEvents(events);
    list.announce(room, events);
  };

  const handlers: EventHandler[] = [];
  const relay = createRelay({
    store: createOutboxStore(models),
    handlers,
    onLeft(events) {
      feed.offer(events);
      channels.publishEvents(events);
      list.announceLate(events).catch(log.stalled);
    },
    log,
    now: source.now,
  });
  const rooms = createRooms({ store, history, relay, announce, source, rules: deps.rules });
  handlers.push(...deps.handlers(rooms));
  return {
    rooms,
    feed,
    list,
    history,
    async [Symbol.asyncDispose]() {
      await feed[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
    },
  };
}
