import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { RoomChannels, RoomListChange } from './channels.ts';
import { LISTED, type RoomEvent, type RoomSummary, summarise } from './events.ts';
import type { History } from './history.ts';
import type { Room } from './room.ts';
import type { RoomStore } from './room-store.ts';

/** Rooms of which we remember what was told last, so that nobody is told the same or the older again. */
const REMEMBERED = 20_000;
/** More than this is not caught up with: whoever looks at a list of so many had better load it anew. */
const MAX_CAUGHT_UP = 1_000;
/** What was written as the channels came back is in the history a moment later. Milliseconds. */
const SETTLING = 1_000;
/** Clocks of instances differ, and writes take their time. Milliseconds. */
const OVERLAP = 2_000;

export type ListWatch = ReturnType<typeof createListWatch>;

/**
 * Tells this instance's doors what changed in the list of public rooms, whichever instance changed it: the room as
 * it is then, the newer never before the older.
 */
export function createListWatch(deps: {
  channels: RoomChannels;
  store: Pick<RoomStore, 'summaries'>;
  history: Pick<History, 'roomsChangedSince'>;
  onError: (error: unknown) => void;
}) {
  const { channels, store, history, onError } = deps;
  const listeners: ((change: RoomListChange) => void)[] = [];
  const toldUpTo = new LRUCache<string, number>({ max: REMEMBERED });

  function tell(change: RoomListChange): boolean {
    if (change.seq <= (toldUpTo.get(change.room.id) ?? 0)) return false;
    toldUpTo.set(change.room.id, change.seq);
    for (const listener of listeners) listener(change);
    return true;
  }

  /** The public rooms that changed since, as they are now; the longest ago first. */
  async function changedSince(since: Date): Promise<RoomListChange[]> {
    const from = new Date(since.getTime() - OVERLAP);
    const changed = await history.roomsChangedSince(from, MAX_CAUGHT_UP);
    const found = new Map((await store.summaries([...changed.keys()])).map((one) => [one.room.id, one]));
    return [...changed].flatMap(([id, at]) => {
      const { room, seq } = found.get(id) ?? {};
      if (!room || seq === undefined || room.access !== 'public') return [];
      const action = room.status === 'ENDED' ? 'ended' : room.createdAt >= since ? 'created' : 'updated';
      return [{ action, room, seq, at } as const];
    });
  }

  channels.onListChange(tell);
  channels.onMissed((since) => {
    sleep(SETTLING, undefined, { ref: false })
      .then(() => changedSince(since))
      // Others may have missed what we wrote meanwhile; who knows it already lets it pass.
      .then((changes) => {
        for (const change of changes) {
          tell(change);
          channels.publishListChange(change);
        }
      })
      .catch(onError);
  });

  return {
    onChange: (listener: (change: RoomListChange) => void): void => void listeners.push(listener),
    changedSince,
    /** What we wrote ourselves. */
    announce(room: Room, events: readonly RoomEvent[]): void {
      const change = listChange(summarise(room), events, room.lastSeq);
      if (change && tell(change)) channels.publishListChange(change);
    },
    /** What was written by an instance that may have died before it told anyone. */
    async announceLate(events: readonly RoomEvent[]): Promise<void> {
      const listed = events.filter((event) => LISTED.includes(event.type));
      if (listed.length === 0) return;
      for (const { room, seq } of await store.summaries([...new Set(listed.map(({ roomId }) => roomId))])) {
        const own = listed.filter(({ roomId }) => roomId === room.id);
        const change = listChange(room, own, seq);
        if (change && tell(change)) channels.publishListChange(change);
      }
    },
  };
}

/** What a list shows of these events of one change; null when nothing that it shows has changed. */
function listChange(room: RoomSummary, events: readonly RoomEvent[], seq: number): RoomListChange | null {
  const newest = events.findLast((event) => LISTED.includes(event.type));
  if (room.access !== 'public' || !newest) return null;
  const has = (type: RoomEvent['type']) => events.some((event) => event.type === type);
  const action = room.status === 'ENDED' ? 'ended' : has('room.created') ? 'created' : 'updated';
  return { action, room, seq, at: newest.at };
}
