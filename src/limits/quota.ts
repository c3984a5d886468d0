import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';

export type LimitName = keyof Config['limits'];

/** What is left of a limit after one more was asked for. Lengths of time are in milliseconds. */
export type Quota = Readonly<{
  name: LimitName;
  /** Whether that one may be done. */
  allowed: boolean;
  /** How many are allowed in each window. */
  points: number;
  /** How many more are, in this window. */
  remaining: number;
  /** Until this window ends, and the count begins anew. */
  resetAfter: number;
  /** How long a window is. */
  per: number;
}>;

const WHAT: Readonly<Record<LimitName, string>> = {
  'create-room': 'New rooms',
  join: 'Joins',
  chat: 'Chat messages',
  'socket-event': 'Events of one kind',
};
const WINDOWS: Readonly<Record<number, string>> = { 1000: 'a second', 60000: 'a minute', 3600000: 'an hour' };

/** The refusal of one that was too often: it says how often is allowed, and when to try again. */
export function tooOften({ name, points, per, resetAfter }: Quota): ServiceError {
  const window = WINDOWS[per] ?? `in ${per / 1_000} s`;
  const seconds = Math.max(1, Math.ceil(resetAfter / 1_000));
  return new ServiceError(
    'RATE_LIMITED',
    `${WHAT[name]}: at most ${points} ${window}. Try again in ${seconds} s.`,
    { retryAfter: resetAfter },
  );
}
