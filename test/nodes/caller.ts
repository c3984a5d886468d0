import {
  AudioFrame,
  AudioSource,
  AudioStream,
  ConnectionState,
  LocalAudioTrack,
  type RemoteTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';

const RATE = 48_000;
/** Ten milliseconds of a tone. */
const SAMPLES = RATE / 100;

/** Someone in a call, who may speak and counts what they hear. Disposing leaves. */
export type Caller = AsyncDisposable &
  Readonly<{
    room: Room;
    /** How many frames with sound in them came from others. */
    heard(): number;
    /** How often they were connected anew. */
    reconnects(): number;
    isIn(): boolean;
    /** Publishes a microphone with a tone that never ends. */
    speak(): Promise<void>;
  }>;

export async function call(url: string, token: string): Promise<Caller> {
  const room = new Room();
  let heard = 0;
  let reconnects = 0;
  let speaking = false;

  async function listen(track: RemoteTrack): Promise<void> {
    for await (const frame of new AudioStream(track))
      if (frame.data.some((sample) => Math.abs(sample) > 500)) heard += 1;
  }
  room.on(RoomEvent.TrackSubscribed, (track) => {
    if (track.kind === TrackKind.KIND_AUDIO) void listen(track).catch(() => {});
  });
  room.on(RoomEvent.Reconnected, () => {
    reconnects += 1;
  });
  await room.connect(url, token, { autoSubscribe: true, dynacast: false });

  return {
    room,
    heard: () => heard,
    reconnects: () => reconnects,
    isIn: () => room.connectionState === ConnectionState.CONN_CONNECTED,
    async speak() {
      const source = new AudioSource(RATE, 1);
      const track = LocalAudioTrack.createAudioTrack('microphone', source);
      const options = new TrackPublishOptions();
      options.source = TrackSource.SOURCE_MICROPHONE;
      await room.localParticipant?.publishTrack(track, options);
      speaking = true;
      const tone = Int16Array.from(
        { length: SAMPLES },
        (_, at) => 8_000 * Math.sin((2 * Math.PI * 440 * at) / RATE),
      );
      // It takes each frame when there is room for it: ten milliseconds each.
      void (async () => {
        while (speaking) await source.captureFrame(new AudioFrame(tone, RATE, 1, SAMPLES));
      })().catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      speaking = false;
      await room.disconnect();
    },
  };
}
