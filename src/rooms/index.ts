import type { Connection } from 'mongoose';
import { createOutboxStore } from './outbox.ts';
import { createRelay, type EventHandler, type RelayLog } from './relay.ts';
import { roomModels } from './room-documents.ts';
import { createRoomStore, type IdAndClock } from './room-store.ts';
import { createRooms, type Rooms } from './rooms.ts';
import type { SeatRules } from './transitions.ts';

export { maySee, REFUSALS } from './admission.ts';
export type { RoomEvent, RoomSummary } from './events.ts';
export type { EventHandler, RelayLog } from './relay.ts';
export type { Participant, Role, Room, User } from './room.ts';
export { participantIn, seatOf } from './room.ts';
export type { Rooms, SeatedIn } from './rooms.ts';

/**
 * Builds the rooms on a MongoDB connection.
 *
 * @param deps.handlers made with the rooms, since most of them look at the room as it is when they act
 * @returns the rooms; `prepare` makes the indexes; disposing waits for events that are being carried on
 */
export function openRooms(deps: {
  connection: Connection;
  source: IdAndClock;
  rules: SeatRules;
  log: RelayLog;
  handlers: (rooms: Rooms) => readonly EventHandler[];
}): { rooms: Rooms; prepare(): Promise<void> } & AsyncDisposable {
  const models = roomModels(deps.connection);
  const handlers: EventHandler[] = [];
  const relay = createRelay({
    store: createOutboxStore(models),
    handlers,
    log: deps.log,
    now: deps.source.now,
  });
  const store = createRoomStore(models, deps.source);
  const rooms = createRooms({ store, relay, source: deps.source, rules: deps.rules });
  handlers.push(...deps.handlers(rooms));
  return {
    rooms,
    async prepare() {
      await Promise.all(Object.values(models).map((model) => model.createIndexes()));
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}
