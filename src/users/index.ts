import type { Connection } from 'mongoose';
import { createMirror, type UserMirror } from './mirror.ts';
import { createUserStore } from './user-store.ts';

export type { UserMirror } from './mirror.ts';

/** Mirrors those who call into the collection `users` (spec/README.md, "User"). */
export function createUserMirror(deps: {
  connection: Connection;
  now: () => Date;
  onError: (error: unknown) => void;
}): UserMirror {
  const { connection, now, onError } = deps;
  return createMirror({ store: createUserStore(connection), now, onError });
}
