import { useCallback, useEffect, useRef, useState } from 'react';
import { codeOf, type FailureCode, isPassing } from '../api/api-error.ts';
import { rooms } from '../api/rooms.ts';
import type { RoomWithParticipants } from '../api/types.ts';
import { useAuth, useSession } from '../auth/auth.tsx';

/** Who waits before the door sees who is in, this often; and a service that is away is asked again. Milliseconds. */
const LOOK_EVERY = 5_000;

/**
 * The room as it looks from outside.
 * @param how `follow`: again and again; `once`: until it was seen (who is inside hears of changes by the socket); `off`
 */
export function useRoomLook(roomId: string, how: 'follow' | 'once' | 'off') {
  const session = useSession();
  const { known, user } = useAuth();
  const [room, setRoom] = useState<RoomWithParticipants | null>(null);
  const [failure, setFailure] = useState<FailureCode | null>(null);
  const [turn, setTurn] = useState(0);
  const isIn = user !== null;
  const seen = useRef(false);

  useEffect(() => {
    void turn;
    if (!known || how === 'off' || (how === 'once' && seen.current)) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    async function look(): Promise<void> {
      try {
        const found = await rooms.get(roomId, isIn ? await session.token() : undefined, stop.signal);
        setRoom(found);
        setFailure(null);
        seen.current = true;
        if (how === 'once') return;
      } catch (error) {
        if (stop.signal.aborted) return;
        const code = codeOf(error);
        setFailure(code);
        if (!isPassing(code)) return setRoom(null);
      }
      timer = setTimeout(look, LOOK_EVERY);
    }
    void look();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [roomId, known, isIn, how, session, turn]);

  const reload = useCallback(() => {
    seen.current = false;
    setRoom(null);
    setFailure(null);
    setTurn((before) => before + 1);
  }, []);
  return { room, failure, reload };
}
