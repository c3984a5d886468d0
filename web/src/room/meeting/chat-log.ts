import type { FailureCode } from '../../api/api-error.ts';
import type { ChatMessage, ChatPage } from '../../api/types.ts';

/** One's own words on their way; `failed` says why they did not get there. */
export type Pending = Readonly<{ localId: string; text: string; failed: FailureCode | null }>;

/**
 * The chat of a room, oldest first. `older` leads to what was said before the first: null when there is nothing,
 * undefined while no history was loaded.
 */
export type ChatLog = Readonly<{
  messages: readonly ChatMessage[];
  pending: readonly Pending[];
  older: string | null | undefined;
}>;

export const emptyLog: ChatLog = { messages: [], pending: [], older: undefined };

/** A message that is written: told to all, or acknowledged to its sender, whichever comes first. */
export function withMessage(log: ChatLog, message: ChatMessage): ChatLog {
  if (log.messages.some(({ id }) => id === message.id)) return log;
  return { ...log, messages: inTime([...log.messages, message]) };
}

/**
 * A page of the history, newest first as the service has it.
 * @param cursor where it was read: `older` of before, or undefined for the newest page, read at first and after a cut
 */
export function withPage(log: ChatLog, page: ChatPage, cursor?: string): ChatLog {
  const known = new Set(log.messages.map(({ id }) => id));
  const added = page.messages.filter(({ id }) => !known.has(id)).toReversed();
  // The newest page that meets what is known leaves no gap: what lies before can still be asked for as before.
  const meets = cursor === undefined && log.older !== undefined && added.length < page.messages.length;
  return {
    ...log,
    messages: inTime([...added, ...log.messages]),
    older: meets ? log.older : page.next,
  };
}

export const withPending = (log: ChatLog, pending: Pending): ChatLog => ({
  ...log,
  pending: [...log.pending.filter(({ localId }) => localId !== pending.localId), pending],
});

export const withoutPending = (log: ChatLog, localId: string): ChatLog => ({
  ...log,
  pending: log.pending.filter((one) => one.localId !== localId),
});

/**
 * What was told of one's own words: those that seemed lost were written after all, if their acknowledgement alone was
 * lost; they are not to stand there as failed.
 */
export function withoutFailed(log: ChatLog, text: string): ChatLog {
  const found = log.pending.find((one) => one.failed !== null && one.text === text);
  return found ? withoutPending(log, found.localId) : log;
}

/** Moments are in one form (ISO 8601, UTC), so their text sorts; those of one moment stay as they came. */
const inTime = (messages: ChatMessage[]): ChatMessage[] =>
  messages.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
