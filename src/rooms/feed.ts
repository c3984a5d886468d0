import { every } from '../timers.ts';
import type { RoomChannels } from './channels.ts';
import type { RoomEvent } from './events.ts';
import type { History } from './history.ts';

/** An event that another should have come before waits this long for it; then the store is asked. Milliseconds. */
const GAP_PATIENCE = 50;
/** How often rooms are compared with the store, in case the newest was never told. Milliseconds. */
const CHECK_EVERY = 1_000;
/** What the store does not have after so many reads will not come: it is left out, and that is logged. */
const MAX_FILLS = 50;
/** Events of one read; what is more comes with the next. */
const FILL = 500;
/** Events that may wait for one that is missing; past that they are read from the store again. */
const MAX_HELD = 1_000;

type Followed = {
  /** `seq` of the last event that was told. */
  told: number;
  held: Map<number, RoomEvent>;
  timer: NodeJS.Timeout | null;
  filling: boolean;
  /** What is being read may be old by now: read again. */
  again: boolean;
  fills: number;
  /** The newest `seq` in the store when last compared. */
  newest: number;
};

export type FeedLog = Readonly<{
  gap(roomId: string, from: number, to: number): void;
  stalled(error: unknown): void;
}>;

export type Feed = AsyncDisposable &
  Readonly<{
    /** @param listener gets each event of each room that is followed, once, in the room's order */
    onEvent(listener: (event: RoomEvent) => void): void;
    /** Tells the room's events after `seq` from now on. A room that is followed already stays as it is. */
    follow(roomId: string, seq: number): void;
    unfollow(roomId: string): void;
    /** Up to which `seq` the room was told; null when it is not followed. */
    told(roomId: string): number | null;
    /** Events that were written, by us or by another instance; in any order, maybe again. */
    offer(events: readonly RoomEvent[]): void;
  }>;

/**
 * Brings what happens in rooms to this instance's doors: each event once and in the order of its room,
 * whichever instance wrote it. Others' events come through channels that may lose them; a gap in `seq`, or a
 * store that is ahead of what was told, is filled from the store.
 */
export function createFeed(deps: {
  channels: RoomChannels;
  history: Pick<History, 'eventsAfter'>;
  lastSeqs: (roomIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  log: FeedLog;
}): Feed {
  const { channels, history, lastSeqs, log } = deps;
  const rooms = new Map<string, Followed>();
  const listeners: ((event: RoomEvent) => void)[] = [];

  function offer(events: readonly RoomEvent[]): void {
    for (const event of events) {
      const room = rooms.get(event.roomId);
      if (!room || event.seq <= room.told || room.held.size >= MAX_HELD) continue;
      room.held.set(event.seq, event);
      tellInOrder(room);
      if (room.held.size > 0) fillSoon(event.roomId, room);
    }
  }

  function tellInOrder(room: Followed): void {
    for (let event = room.held.get(room.told + 1); event; event = room.held.get(room.told + 1)) {
      room.held.delete(event.seq);
      room.told = event.seq;
      room.fills = 0;
      for (const listener of listeners) listener(event);
    }
  }

  function fillSoon(roomId: string, room: Followed): void {
    room.timer ??= setTimeout(() => {
      room.timer = null;
      if (isBehind(room)) void catchUp(roomId, room);
    }, GAP_PATIENCE).unref();
  }

  const isBehind = (room: Followed) => room.held.size > 0 || room.newest > room.told;

  async function catchUp(roomId: string, room: Followed): Promise<void> {
    if (rooms.get(roomId) !== room) return;
    room.again = room.filling;
    if (room.filling) return;
    room.filling = true;
    const from = room.told;
    try {
      const events = await history.eventsAfter(roomId, from, FILL);
      if (rooms.get(roomId) !== room) return;
      if (room.held.size >= MAX_HELD) room.held.clear();
      offer(events);
      if (room.told === from && isBehind(room)) skipWhatIsLost(roomId, room);
    } catch (error) {
      log.stalled(error);
    }
    room.filling = false;
    if (room.again) void catchUp(roomId, room);
    else if (isBehind(room)) fillSoon(roomId, room);
  }

  /** The store no longer has it (events are kept for a week): better a gap than silence for ever. */
  function skipWhatIsLost(roomId: string, room: Followed): void {
    room.fills += 1;
    if (room.fills < MAX_FILLS) return;
    const next = room.held.size > 0 ? Math.min(...room.held.keys()) : room.newest + 1;
    log.gap(roomId, room.told + 1, next - 1);
    room.told = next - 1;
    room.fills = 0;
    tellInOrder(room);
  }

  async function compare(roomIds: readonly string[]): Promise<void> {
    const newest = await lastSeqs(roomIds);
    for (const roomId of roomIds) {
      const room = rooms.get(roomId);
      if (!room) continue;
      // Behind what the store had at the comparison before: it is not merely on its way.
      if (room.newest > room.told) fillSoon(roomId, room);
      room.newest = newest.get(roomId) ?? room.newest;
    }
  }

  channels.onEvents(offer);

  const stopComparing = every(CHECK_EVERY, async () => {
    if (rooms.size === 0) return;
    await compare([...rooms.keys()]).catch(log.stalled);
  });

  return {
    onEvent: (listener) => void listeners.push(listener),
    follow(roomId, seq) {
      if (rooms.has(roomId)) return;
      const room: Followed = {
        told: seq,
        held: new Map(),
        timer: null,
        filling: false,
        again: false,
        fills: 0,
        newest: seq,
      };
      rooms.set(roomId, room);
      // Until the channel is open, what others write is missed.
      channels.follow(roomId, () => void catchUp(roomId, room));
    },
    unfollow(roomId) {
      const room = rooms.get(roomId);
      if (!room) return;
      if (room.timer) clearTimeout(room.timer);
      rooms.delete(roomId);
      channels.unfollow(roomId);
    },
    told: (roomId) => rooms.get(roomId)?.told ?? null,
    offer,
    [Symbol.asyncDispose]: stopComparing,
  };
}
