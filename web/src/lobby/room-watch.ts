import { ApiError, codeOf } from '../api/api-error.ts';
import type { PageOfRooms, RoomFilters } from '../api/rooms.ts';
import type { RoomPage } from '../api/types.ts';
import { createStore } from '../store.ts';
import { pauseAfter, WHEN_NOT_LIVE } from './pause.ts';
import { changeList, emptyList, type RoomList, type RoomListChange, type RoomUpdate } from './room-list.ts';

/** `connecting` the first time; `cut` when updates do not come although they should. */
export type Liveness = 'connecting' | 'live' | 'cut';
export type WatchState = Readonly<{ list: RoomList; live: Liveness }>;

/** What is told by whoever listens for updates. */
export type UpdateListener = Readonly<{ connected(): void; told(update: RoomUpdate): void; cut(): void }>;

type Deps = Readonly<{
  read(filters: RoomFilters, page: PageOfRooms & { signal: AbortSignal }): Promise<RoomPage>;
  /** @returns stops it */
  listen(listener: UpdateListener): () => void;
  random?: () => number;
}>;

export const PAGE = 24;
/** As many as the service answers at once. */
const MOST = 100;

export type RoomWatch = ReturnType<typeof createRoomWatch>;

/**
 * Reads the list, keeps it as it changes, and reads it again after each cut and each failure, without end but not too
 * often.
 */
export function createRoomWatch(first: RoomFilters, { read, listen, random = Math.random }: Deps) {
  const store = createStore<WatchState>({ list: emptyList(first), live: 'connecting' });
  let isOpen = false;
  let failures = 0;
  let under = new AbortController();
  let again: ReturnType<typeof setTimeout> | undefined;

  const listNow = (): RoomList => store.get().list;
  const change = (what: RoomListChange): void => store.set({ list: changeList(listNow(), what) });

  function readAgainIn(pause: number): void {
    clearTimeout(again);
    again = setTimeout(readList, pause);
  }

  /** One reading at a time: the last asked for counts. */
  async function ask(what: 'list' | 'more', cursor: string | null, limit: number): Promise<void> {
    under.abort();
    under = new AbortController();
    const { signal } = under;
    change({ type: 'asked', for: what });
    try {
      const { filters } = listNow();
      const page = await read(filters, { ...(cursor === null ? {} : { cursor }), limit, signal });
      if (signal.aborted) return;
      failures = 0;
      change({ type: 'answered', page });
      afterReading();
    } catch (error) {
      if (signal.aborted) return;
      change({ type: 'refused', code: codeOf(error) });
      // There is a button for more, if there is anything to read on from.
      if (what === 'more' && listNow().rooms.length > 0) return;
      failures += 1;
      readAgainIn(pauseAfter(failures, random(), error instanceof ApiError ? error.retryAfter : null));
    }
  }

  function afterReading(): void {
    if (store.get().live !== 'live') readAgainIn(WHEN_NOT_LIVE);
    // All that was shown has ended or filled up meanwhile.
    else if (listNow().rooms.length === 0) readMore();
  }

  /** As much as is shown, so that nobody who has gone far down is thrown back. */
  function readList(): void {
    clearTimeout(again);
    const limit = Math.min(MOST, Math.ceil(listNow().rooms.length / PAGE) * PAGE || PAGE);
    void ask('list', null, limit);
  }

  function readMore(): void {
    const { next, reading } = listNow();
    if (next !== null && reading === null) void ask('more', next, PAGE);
  }

  const listener: UpdateListener = {
    connected() {
      store.set({ live: 'live' });
      readList();
    },
    told(update) {
      change({ type: 'told', update });
      if (listNow().phase === 'shown' && listNow().rooms.length === 0) readMore();
    },
    cut() {
      if (store.get().live === 'cut') return;
      store.set({ live: 'cut' });
      if (failures === 0) readAgainIn(WHEN_NOT_LIVE);
    },
  };

  return {
    state: store.get,
    onChange: store.onChange,

    /** @returns closes it; it may be opened again */
    open(): () => void {
      isOpen = true;
      readList();
      const stopListening = listen(listener);
      return () => {
        isOpen = false;
        stopListening();
        clearTimeout(again);
        under.abort();
      };
    },

    /** Looks for something else. */
    seek(filters: RoomFilters): void {
      if (isSame(filters, listNow().filters)) return;
      change({ type: 'sought', filters });
      if (isOpen) readList();
    },
    more: readMore,
    retry: readList,
  };
}

const isSame = (a: RoomFilters, b: RoomFilters): boolean =>
  a.q === b.q && a.topic === b.topic && a.language === b.language && a.hasSeats === b.hasSeats;
