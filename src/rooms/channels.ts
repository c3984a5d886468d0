import type { RoomEvent, RoomSummary } from './events.ts';

/** What changed for whoever looks at the list of public rooms. `seq` is that of the room's newest event by then. */
export type RoomListChange = Readonly<{
  action: 'created' | 'updated' | 'ended';
  room: RoomSummary;
  seq: number;
  at: Date;
}>;

/**
 * How instances tell each other what happened. It may lose what it is given: the truth is in the store, and
 * whoever listens notices a gap. Nothing here throws or waits.
 */
export type RoomChannels = Readonly<{
  /** Events of rooms that we follow, as other instances wrote them: maybe again, maybe out of order. */
  onEvents(listener: (events: readonly RoomEvent[]) => void): void;
  onListChange(listener: (change: RoomListChange) => void): void;
  /** The channels were interrupted: what was told since then may have been missed, here or by others. */
  onMissed(listener: (since: Date) => void): void;
  publishEvents(events: readonly RoomEvent[]): void;
  publishListChange(change: RoomListChange): void;
  /** @param onFollowed told whenever from now on nothing is missed: at first, and after each interruption */
  follow(roomId: string, onFollowed: () => void): void;
  unfollow(roomId: string): void;
}>;

/** For one instance alone. */
export const noChannels: RoomChannels = {
  onEvents() {},
  onListChange() {},
  onMissed() {},
  publishEvents() {},
  publishListChange() {},
  follow: (_roomId, onFollowed) => onFollowed(),
  unfollow() {},
};
