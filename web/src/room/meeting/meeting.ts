import { type Room as LiveKit, MediaDeviceFailure, ParticipantEvent, RoomEvent, Track } from 'livekit-client';
import { codeOf } from '../../api/api-error.ts';
import { rooms } from '../../api/rooms.ts';
import type { Session } from '../../auth/session.ts';
import { createStore, type Store } from '../../store.ts';
import { createCall, type MediaState } from './call.ts';
import {
  type ChatLog,
  emptyLog,
  withMessage,
  withoutFailed,
  withoutPending,
  withPage,
  withPending,
} from './chat-log.ts';
import type { Choices } from './choices.ts';
import type { Ending } from './ending.ts';
import { type News, newsOf } from './news.ts';
import { openSocket } from './open-socket.ts';
import type { RoomView } from './people.ts';
import { createRoomSocket } from './room-socket.ts';

/** When LiveKit says that we are out before the socket does, this long for the socket to say why. Milliseconds. */
const REASON_WITHIN = 1_500;
/** A piece of news stays this long, and at most so many at once. Milliseconds. */
const NEWS_STAYS = 5_000;
const MAX_NEWS = 3;

export type MeetingState = Readonly<{
  /** Null until the room was entered. */
  view: RoomView | null;
  chat: ChatLog;
  unread: number;
  /** Whether the line to the service stands. */
  isUp: boolean;
  media: MediaState;
  /** Why the microphone or the camera did not start; null when nothing is wrong. */
  deviceProblem: { kind: 'microphone' | 'camera' | 'screen'; failure: MediaDeviceFailure } | null;
  /** Whose picture and sound cannot be decrypted: their key differs from ours. LiveKit identities. */
  undecryptable: ReadonlySet<string>;
  news: readonly (News & { id: number })[];
  /** Set once the visit is over. */
  ending: Ending | null;
}>;

export type Meeting = ReturnType<typeof createMeeting>;

/**
 * One visit to a room, from taking the seat to giving it up: the socket's side and LiveKit's, and what one does in it.
 * Nothing happens before `begin`.
 */
export function createMeeting(deps: {
  roomId: string;
  me: string;
  session: Session;
  livekit: LiveKit;
  choices: Choices;
}) {
  const { roomId, me, session, livekit, choices } = deps;
  const store = createStore<MeetingState>({
    view: null,
    chat: emptyLog,
    unread: 0,
    isUp: true,
    media: 'connecting',
    deviceProblem: null,
    undecryptable: new Set(),
    news: [],
    ending: null,
  });
  let chatIsOpen = false;
  let newsSoFar = 0;
  let hasPublished = false;
  /** Our own hand is at the microphone: when it falls silent without, the host did it. */
  let toggling = false;

  const setChat = (change: (log: ChatLog) => ChatLog): void => store.set({ chat: change(store.get().chat) });

  function tellNews(news: News | null): void {
    if (news === null) return;
    const id = newsSoFar;
    newsSoFar += 1;
    store.set({ news: [...store.get().news, { ...news, id }].slice(-MAX_NEWS) });
    setTimeout(() => store.set({ news: store.get().news.filter((one) => one.id !== id) }), NEWS_STAYS);
  }

  const socket = createRoomSocket({
    socket: openSocket(session),
    roomId,
    me,
    session,
    onView: (view) => store.set({ view }),
    onChat(message) {
      setChat((log) =>
        withMessage(message.sender.id === me ? withoutFailed(log, message.message) : log, message),
      );
      if (!chatIsOpen && message.sender.id !== me) store.set({ unread: store.get().unread + 1 });
    },
    onTold: (name, told, before) => tellNews(newsOf(name, told, before, me)),
    onIn(missed) {
      reportMedia();
      if (missed) void loadChat();
    },
    onUp: (isUp) => store.set({ isUp }),
    onOut: over,
  });
  const call = createCall({
    roomId,
    livekit,
    session,
    onState: (media) => store.set({ media }),
    onConnected: () => void publish(),
    onOut(ending) {
      if (ending !== 'removed') over(ending);
      else setTimeout(() => over('left'), REASON_WITHIN);
    },
  });

  /** Ends the visit, once. */
  function over(ending: Ending): void {
    if (store.get().ending !== null) return;
    store.set({ ending });
    socket.close();
    void call.close();
  }

  /** What LiveKit sends of us, as chosen; once, and after that as it was. */
  async function publish(): Promise<void> {
    if (hasPublished) return;
    hasPublished = true;
    const { localParticipant } = livekit;
    if (choices.speakerId) await livekit.switchActiveDevice('audiooutput', choices.speakerId).catch(() => {});
    // One after the other: the browser asks for one permission at a time.
    if (choices.microphone)
      await trying(
        'microphone',
        () => localParticipant.setMicrophoneEnabled(true, { deviceId: choices.microphoneId }),
        2,
      );
    if (choices.camera)
      await trying(
        'camera',
        () => localParticipant.setCameraEnabled(true, { deviceId: choices.cameraId }),
        2,
      );
    reportMedia();
  }

  /** @param tries at the beginning it may be the line that fails, on a slow network: that passes */
  async function trying(
    kind: 'microphone' | 'camera' | 'screen',
    start: () => Promise<unknown>,
    tries = 1,
  ): Promise<void> {
    try {
      await start();
      if (store.get().deviceProblem?.kind === kind) store.set({ deviceProblem: null });
    } catch (error) {
      const failure = MediaDeviceFailure.getFailure(error) ?? MediaDeviceFailure.Other;
      // Whoever closes the browser's choice of a screen has changed their mind.
      if (kind === 'screen' && failure === MediaDeviceFailure.PermissionDenied) return;
      const isPassing = failure === MediaDeviceFailure.Other && store.get().ending === null;
      if (isPassing && tries > 1) return trying(kind, start, tries - 1);
      store.set({ deviceProblem: { kind, failure } });
    }
  }

  function reportMedia(): void {
    const { isMicrophoneEnabled, isCameraEnabled } = livekit.localParticipant;
    void socket.tellMedia({ isMuted: !isMicrophoneEnabled, isVideoOff: !isCameraEnabled }).catch(() => {});
  }

  livekit.localParticipant
    .on(ParticipantEvent.TrackMuted, ({ source }) => {
      if (source === Track.Source.Microphone && !toggling) tellNews({ kind: 'you-muted' });
      reportMedia();
    })
    .on(ParticipantEvent.TrackUnmuted, reportMedia)
    .on(ParticipantEvent.LocalTrackPublished, reportMedia)
    .on(ParticipantEvent.LocalTrackUnpublished, reportMedia);
  livekit
    .on(RoomEvent.EncryptionError, (_error, participant) => {
      if (participant)
        store.set({ undecryptable: new Set([...store.get().undecryptable, participant.identity]) });
    })
    .on(RoomEvent.ParticipantDisconnected, ({ identity }) => {
      store.set({ undecryptable: new Set([...store.get().undecryptable].filter((one) => one !== identity)) });
    });

  async function loadChat(cursor?: string): Promise<void> {
    try {
      const known = store.get().chat.messages.length;
      const page = await rooms.chat(roomId, await session.token(), cursor);
      setChat((log) => withPage(log, page, cursor));
      // After a long cut there may be pages of what is known already.
      const addedNothing = store.get().chat.messages.length === known;
      if (cursor !== undefined && addedNothing && page.next !== null) await loadChat(page.next);
    } catch (error) {
      tellNews({ kind: 'failed', code: codeOf(error) });
    }
  }

  async function say(text: string, localId: string = crypto.randomUUID()): Promise<void> {
    setChat((log) => withPending(log, { localId, text, failed: null }));
    try {
      const message = await socket.say(text);
      setChat((log) => withMessage(withoutPending(log, localId), message));
    } catch (error) {
      setChat((log) => withPending(log, { localId, text, failed: codeOf(error) }));
    }
  }

  /** Does something that needs a token; what fails becomes news. @returns whether it was done */
  async function act(work: (token: string) => Promise<unknown>): Promise<boolean> {
    try {
      await work(await session.token());
      return true;
    } catch (error) {
      tellNews({ kind: 'failed', code: codeOf(error) });
      return false;
    }
  }

  return {
    store: store as Store<MeetingState>,
    livekit,
    me,
    roomId,

    begin(): void {
      socket.open();
      void call.connect();
    },
    /** LiveKit was given up: once more. */
    callAgain: (): void => void call.connect(),

    /** Gives the seat up, and is out in any case. */
    async leave(): Promise<void> {
      void session
        .token()
        .then((token) => rooms.leave(roomId, token))
        .catch(() => {});
      over('left');
    },
    /** Cut without leaving: the page goes away, or is loaded anew. */
    drop(): void {
      socket.close();
      void call.close();
    },
    endForAll: () => act((token) => rooms.end(roomId, token)),

    async toggleMicrophone(): Promise<void> {
      const { localParticipant } = livekit;
      toggling = true;
      await trying('microphone', () =>
        localParticipant.setMicrophoneEnabled(!localParticipant.isMicrophoneEnabled),
      );
      toggling = false;
    },
    toggleCamera: () =>
      trying('camera', () =>
        livekit.localParticipant.setCameraEnabled(!livekit.localParticipant.isCameraEnabled),
      ),
    toggleScreen: () =>
      trying('screen', () =>
        livekit.localParticipant.setScreenShareEnabled(!livekit.localParticipant.isScreenShareEnabled, {
          audio: true,
        }),
      ),
    dismissDeviceProblem: () => store.set({ deviceProblem: null }),

    say: (text: string) => say(text),
    sayAgain: (localId: string, text: string) => say(text, localId),
    forgetSaying: (localId: string) => setChat((log) => withoutPending(log, localId)),
    loadOlder: () => loadChat(store.get().chat.older ?? undefined),
    readChat(open: boolean): void {
      chatIsOpen = open;
      if (open) store.set({ unread: 0 });
    },
    setHandRaised: (on: boolean) => act(() => socket.setHandRaised(on)),

    mute: (userId: string) => act((token) => rooms.mute(roomId, userId, token)),
    muteAll: () => act((token) => rooms.muteAll(roomId, token)),
    kick: (userId: string) => act((token) => rooms.kick(roomId, userId, token)),
    forgive: (userId: string) => act((token) => rooms.forgive(roomId, userId, token)),
    handOver: (userId: string) => act((token) => rooms.handOver(roomId, userId, token)),
    /** @throws ApiError */
    update: async (changes: Parameters<typeof rooms.update>[1]) =>
      rooms.update(roomId, changes, await session.token()),
    startRecording: () => act((token) => rooms.startRecording(roomId, token)),
    stopRecording: (recordingId: string) => act((token) => rooms.stopRecording(recordingId, token)),
    /** The room as its host sees it. @throws ApiError */
    look: async () => rooms.get(roomId, await session.token()),
    /** Who was put out and may be let in again. */
    async keptOut() {
      const { former } = await rooms.participants(roomId, await session.token());
      return former.filter(({ isKicked }) => isKicked);
    },
  };
}
