import type { ChatMessage, Participant } from '../../api/types.ts';

const noon = Date.UTC(2030, 0, 1, 12);

/** Moments for unit tests, as the service writes them. */
export const at = (minutes: number): string => new Date(noon + minutes * 60_000).toISOString();

/** Someone in a room, for unit tests. */
export const aPerson = (userId: string, more: Partial<Participant> = {}): Participant => ({
  userId,
  name: `${userId[0]?.toUpperCase()}${userId.slice(1)}`,
  role: 'PARTICIPANT',
  isMuted: false,
  isVideoOff: false,
  isHandRaised: false,
  isKicked: false,
  joinedAt: at(0),
  leftAt: null,
  ...more,
});

/** The higher the number, the later it was said. */
export const aMessage = (number: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  id: `message-${number}`,
  message: `Words ${number}`,
  sender: { id: 'ben', name: 'Ben' },
  createdAt: at(number),
  ...more,
});
