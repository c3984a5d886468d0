import type { RoomValues } from '../room-form/room-values.ts';

const KEPT_AS = 'meetings.new-room';
type Kept = Readonly<{ by: string; values: RoomValues }>;

/** What was typed of a room that is not made yet: kept in this tab through signing in again, for whoever typed it. */
export const newRoomDraft = {
  keep(by: string, values: RoomValues): void {
    sessionStorage.setItem(KEPT_AS, JSON.stringify({ by, values } satisfies Kept));
  },
  /** Nothing, unless it is theirs. */
  of(user: string): RoomValues | undefined {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT_AS) ?? 'null') as Kept | null;
      return kept?.by === user ? kept.values : undefined;
    } catch {
      return undefined;
    }
  },
  forget(): void {
    sessionStorage.removeItem(KEPT_AS);
  },
};
