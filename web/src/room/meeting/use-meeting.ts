import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Meeting, MeetingState } from './meeting.ts';

export const MeetingContext = createContext<Meeting | null>(null);

/** The visit that this is part of, and how it stands. */
export function useMeeting(): MeetingState & { meeting: Meeting } {
  const meeting = useContext(MeetingContext);
  if (meeting === null) throw new Error('outside of a meeting');
  const state = useSyncExternalStore(meeting.store.onChange, meeting.store.get);
  return { ...state, meeting };
}
