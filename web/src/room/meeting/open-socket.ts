import { io, type Socket } from 'socket.io-client';
import type { Session } from '../../auth/session.ts';

/** A socket to this site that shows a token which holds, at each connection anew. Not connected yet. */
export function openSocket(session: Pick<Session, 'token'>): Socket {
  return io({
    autoConnect: false,
    // One for each visit: the library would else hand out the closed one again.
    forceNew: true,
    auth: (show) =>
      void session.token().then(
        (token) => show({ token }),
        () => show({}),
      ),
    reconnectionDelayMax: 3_000,
  });
}
