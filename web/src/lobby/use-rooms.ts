import { useEffect, useState, useSyncExternalStore } from 'react';
import { type RoomFilters, rooms } from '../api/rooms.ts';
import { listenForRooms } from './discovery.ts';
import { createRoomWatch, type RoomWatch, type WatchState } from './room-watch.ts';

/** The rooms that match, as they change. */
export function useRooms(filters: RoomFilters): WatchState & Pick<RoomWatch, 'more' | 'retry'> {
  const [watch] = useState(() => createRoomWatch(filters, { read: rooms.list, listen: listenForRooms }));
  const state = useSyncExternalStore(watch.onChange, watch.state);
  useEffect(() => watch.open(), [watch]);
  useEffect(() => watch.seek(filters), [watch, filters]);
  return { ...state, more: watch.more, retry: watch.retry };
}
