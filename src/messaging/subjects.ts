/** Every name that the messaging door has in NATS (spec/4-messaging.md), and what they tell of. */

/** Who asks for what: users publish their requests here. */
export const REQUESTS = 'sysJsWorker';
/** The work queue over them, and where what could not be done lies, in a stream of its own. */
export const REQUEST_STREAM = 'sysJsWorker';
export const DEAD_REQUESTS = `${REQUESTS}.dead`;
export const DEAD_STREAM = 'sysJsWorkerDead';

export const requestsOf = (roomId: string, userId: string): string => `${REQUESTS}.${roomId}.${userId}`;
/** By it workers tell each other that the first request under this subject is done. Nobody else may hear or say it. */
export const doneWith = (subject: string): string => subject.replace(REQUESTS, 'sysJsWorkerDone');

/** @returns null for a subject that is no user's */
export function askerOf(subject: string): { roomId: string; userId: string } | null {
  const [first, roomId, userId, ...more] = subject.split('.');
  return first === REQUESTS && roomId && userId && more.length === 0 ? { roomId, userId } : null;
}

/** What a room's stream carries. Its name is the room's id. */
export const CHANNELS = ['chat', 'whiteboard', 'system'] as const;
export type Channel = (typeof CHANNELS)[number];

export const channelOf = (channel: Channel, roomId: string): string => `${channel}.${roomId}`;
/** What is for one user alone: answers to their requests. */
export const ownChannelOf = (roomId: string, userId: string): string => `system.${roomId}.${userId}`;
/** A user's consumer of one channel, in the stream of the room. */
export const consumerOf = (channel: Channel, userId: string): string => `${channel}_${userId}`;

/** Where a user's client gets its replies. */
export const inboxOf = (userId: string): string => `_INBOX_${userId}`;

/** A connection's name in its JWT: who it is of. */
export const connectionName = (roomId: string, userId: string): string => `${roomId}/${userId}`;

/** @returns null for a name that is none of ours */
export function partiesOf(name: string): { roomId: string; userId: string } | null {
  const [, roomId, userId] = /^([^/.*>\s]+)\/([^/.*>\s]+)$/.exec(name) ?? [];
  return roomId !== undefined && userId !== undefined ? { roomId, userId } : null;
}
