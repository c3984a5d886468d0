import type { Socket } from 'socket.io-client';
import { ApiError, codeOf, type FailureCode, isPassing } from '../../api/api-error.ts';
import type { ChatMessage, Participant, Room } from '../../api/types.ts';
import type { Session } from '../../auth/session.ts';
import { type Ending, endingOfCode } from './ending.ts';
import { afterTold, type RoomTold, type RoomView, TOLD_NAMES, type ToldName } from './people.ts';

/** The service answers in milliseconds; the line itself may be slow. */
const ANSWER_WITHIN = 6_000;
const AGAIN_AFTER = 2_000;
/** Tokens that were refused in a row, after which it is the sign-in that has ended. */
const MAX_REFUSED = 3;

/**
 * The room over Socket.IO (docs/sockets.md): who is in, what is said, what happens; and what one does there. It comes
 * back by itself after a cut, with what was missed.
 *
 * @param deps.socket not connected yet; `openSocket` makes it
 * @param deps.onOut we are out of the room, and why
 * @param deps.onIn we are in, for the first time or again; `missed` when something may have been missed
 */
export function createRoomSocket(deps: {
  socket: Socket;
  roomId: string;
  me: string;
  session: Pick<Session, 'token' | 'onToken'>;
  onView: (view: RoomView) => void;
  onChat: (message: ChatMessage) => void;
  onTold: <Name extends ToldName>(name: Name, told: RoomTold[Name], before: RoomView) => void;
  onIn: (missed: boolean) => void;
  onUp: (up: boolean) => void;
  onOut: (ending: Ending) => void;
}) {
  const { socket, roomId, me, session } = deps;
  let view: RoomView | null = null;
  let isIn = false;
  /** What happened to us last: when we are in the lobby then, that is why. */
  let farewell: Ending = 'left';
  let refused = 0;
  let closed = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  let joinAgain: ReturnType<typeof setTimeout> | undefined;
  /** What we said of our microphone and camera last, on the way or arrived; what is heard of it comes later. */
  let said: { isMuted?: boolean; isVideoOff?: boolean } = {};

  function show(next: RoomView): void {
    view = next;
    deps.onView(next);
  }

  const connectLater = (): void => {
    clearTimeout(again);
    if (closed) return;
    again = setTimeout(() => socket.connect(), AGAIN_AFTER);
  };

  function out(ending: Ending): void {
    close();
    deps.onOut(ending);
  }

  function close(): void {
    isIn = false;
    closed = true;
    clearTimeout(again);
    clearTimeout(joinAgain);
    stopRenewing();
    socket.disconnect();
  }

  /** The token was not taken: with a new one, or not at all. */
  async function refusedToken(): Promise<void> {
    refused += 1;
    if (refused >= MAX_REFUSED) return out('signed-out');
    try {
      await session.token({ fresh: true });
      connectLater();
    } catch (error) {
      if (codeOf(error) === 'SIGNED_OUT') out('signed-out');
      else connectLater();
    }
  }

  async function join(): Promise<void> {
    said = {};
    try {
      const answer = await send<{ room: Room; participants: Participant[] }>('room:join', { roomId });
      isIn = true;
      refused = 0;
      if (view === null) show({ room: answer.room, people: answer.participants });
      deps.onIn(true);
    } catch (error) {
      const code = codeOf(error);
      const ending = endingOfCode(code);
      if (ending) return out(ending);
      // Without a line it is asked for with the next one.
      if (closed || !socket.connected) return;
      const wait = error instanceof ApiError ? error.retryAfter : null;
      joinAgain = setTimeout(() => void join(), Math.max(AGAIN_AFTER, wait ?? 0));
    }
  }

  socket.on('connect', () => {
    clearTimeout(joinAgain);
    deps.onUp(true);
    // What was missed follows by itself, and the seat was kept.
    if (socket.recovered && isIn) return deps.onIn(false);
    isIn = false;
    void join();
  });
  socket.on('disconnect', (reason) => {
    deps.onUp(false);
    // Told why by `session:ended`, if at all; the client's library does not come back by itself then.
    if (reason === 'io server disconnect') connectLater();
  });
  socket.on('connect_error', (error: Error & { data?: { code?: FailureCode } }) => {
    deps.onUp(false);
    const code = error.data?.code;
    if (code !== undefined && endingOfCode(code) === 'signed-out') void refusedToken();
    // Refused for now by the service; a line that failed is tried again by the library.
    else if (!socket.active) connectLater();
  });
  socket.on('session:ended', ({ code }: { code: FailureCode }) => {
    if (endingOfCode(code) === 'signed-out') void refusedToken();
  });
  socket.on('auth:expiring', () => void session.token({ fresh: true }).catch(() => {}));
  const stopRenewing = session.onToken((token) => {
    if (socket.connected) void send('auth:renew', { token }).catch(() => {});
  });

  socket.on('room:state', (state: { room: Room; participants: Participant[] }) => {
    show({ room: state.room, people: state.participants });
  });
  for (const name of TOLD_NAMES)
    socket.on(name as string, (told: RoomTold[typeof name]) => {
      const { userId } = told as { userId?: string };
      if (userId === me && name === 'room:user-kicked') farewell = 'kicked';
      if (userId === me && name === 'room:user-left') farewell = 'left';
      if (view === null) return;
      const before = view;
      show(afterTold(view, name, told));
      deps.onTold(name, told, before);
    });
  socket.on('room:ended', () => {
    farewell = 'ended';
  });
  // Said to each who is out of the room; and to each who is new here, and only about to come in.
  socket.on('lobby:entered', () => {
    if (isIn) out(farewell);
  });
  socket.on('chat:message', deps.onChat);

  /**
   * Sends an event and waits for its acknowledgement. Nothing is kept for later: what cannot be sent now is refused.
   * @throws ApiError
   */
  async function send<T>(name: string, payload: object = {}): Promise<T> {
    if (!socket.connected) throw new ApiError('UNREACHABLE', 'The line is down.');
    const answer = await socket
      .timeout(ANSWER_WITHIN)
      .emitWithAck(name, payload)
      .catch((cause: unknown) => {
        throw new ApiError('UNREACHABLE', 'No answer came.', { cause });
      });
    if (answer.ok) return answer as T;
    const { code, message, retryAfter, fields } = answer.error;
    throw new ApiError(code, message, { retryAfter, fields });
  }

  async function tellOne(
    name: string,
    now: { isMuted: boolean } | { isVideoOff: boolean },
    before: boolean,
  ): Promise<void> {
    if (Object.values(now)[0] === before) return;
    said = { ...said, ...now };
    await send(name, now).catch((error: unknown) => {
      // Not known to have arrived: the next time it is said again.
      said = {};
      if (!isPassing(codeOf(error))) throw error;
    });
  }

  return {
    open: (): void => void socket.connect(),
    isIn: (): boolean => isIn,
    /** @throws ApiError */
    say: async (message: string): Promise<ChatMessage> =>
      (await send<{ message: ChatMessage }>('chat:message', { message })).message,
    /** @throws ApiError */
    setHandRaised: (on: boolean) => send(on ? 'hand:raise' : 'hand:lower'),
    /** Tells the others what LiveKit sends of us. Said again when it did not get through and the room is entered again. */
    async tellMedia(media: { isMuted: boolean; isVideoOff: boolean }): Promise<void> {
      const known = view?.people.find(({ userId }) => userId === me);
      if (!isIn || known === undefined) return;
      await Promise.all([
        tellOne('media:toggle-mic', { isMuted: media.isMuted }, said.isMuted ?? known.isMuted),
        tellOne('media:toggle-video', { isVideoOff: media.isVideoOff }, said.isVideoOff ?? known.isVideoOff),
      ]);
    },
    close,
  };
}
