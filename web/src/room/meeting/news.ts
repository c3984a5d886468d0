import type { FailureCode } from '../../api/api-error.ts';
import type { RoomTold, RoomView, ToldName } from './people.ts';

/** What is worth a short word in passing. */
export type News = Readonly<
  | { kind: 'joined' | 'left' | 'kicked' | 'hand' | 'host'; name: string }
  | { kind: 'you-host' | 'you-muted' | 'you-unencrypted' | 'recording' | 'not-recording' }
  | { kind: 'failed'; code: FailureCode }
>;

/** @param before the room before it happened */
export function newsOf<Name extends ToldName>(
  name: Name,
  told: RoomTold[Name],
  before: RoomView,
  me: string,
): News | null {
  const { participant, userId = participant?.userId } = told as Partial<RoomTold['room:user-joined']> & {
    userId?: string;
  };
  const person = before.people.find((one) => one.userId === userId);
  const called = participant?.name ?? person?.name ?? '';
  if (name === 'recording:started') return { kind: 'recording' };
  if (name === 'recording:stopped') return { kind: 'not-recording' };
  if (userId === me) return newsOfMe(name);
  switch (name) {
    case 'room:user-joined':
      return person ? null : { kind: 'joined', name: called };
    case 'room:user-left':
      return { kind: 'left', name: called };
    case 'room:user-kicked':
      return person ? { kind: 'kicked', name: called } : null;
    case 'hand:raised':
      return { kind: 'hand', name: called };
    case 'room:host-changed':
      return { kind: 'host', name: called };
    default:
      return null;
  }
}

function newsOfMe(name: ToldName): News | null {
  if (name === 'room:host-changed') return { kind: 'you-host' };
  return name === 'media:track-refused' ? { kind: 'you-unencrypted' } : null;
}
