import {
  AudioFrame,
  AudioSource,
  AudioStream,
  LocalAudioTrack,
  type Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoStream,
} from '@livekit/rtc-node';

/** A client with an SDK that sounds, and one that counts what it gets. */

const RATE = 48_000;
const PER_FRAME = RATE / 100;

/** Publishes a tone under a name. Disposing stops it. */
export async function publishTone(
  room: Room,
  name: string,
): Promise<AsyncDisposable & Readonly<{ sent(): number }>> {
  const source = new AudioSource(RATE, 1);
  const track = LocalAudioTrack.createAudioTrack(name, source);
  const options = new TrackPublishOptions();
  options.source = TrackSource.SOURCE_MICROPHONE;
  await room.localParticipant?.publishTrack(track, options);
  let sent = 0;
  let stopped = false;
  const sounding = (async () => {
    while (!stopped) {
      const samples = Int16Array.from({ length: PER_FRAME }, (_, at) =>
        Math.round(8_000 * Math.sin((2 * Math.PI * 440 * (sent * PER_FRAME + at)) / RATE)),
      );
      await source.captureFrame(new AudioFrame(samples, RATE, 1, PER_FRAME));
      sent += 1;
    }
  })();
  return {
    sent: () => sent,
    async [Symbol.asyncDispose]() {
      stopped = true;
      await sounding;
    },
  };
}

/** Subscribes to all that is published from now on, and counts the frames of each. */
export function framesOf(room: Room): { of(identity: string, kind: TrackKind): number } {
  const counts = new Map<string, number>();
  room.on(RoomEvent.TrackPublished, (publication) => publication.setSubscribed(true));
  for (const participant of room.remoteParticipants.values())
    for (const publication of participant.trackPublications.values()) publication.setSubscribed(true);
  room.on(RoomEvent.TrackSubscribed, async (track, _publication, { identity }) => {
    const key = `${identity} ${track.kind}`;
    const stream = track.kind === TrackKind.KIND_VIDEO ? new VideoStream(track) : new AudioStream(track);
    for await (const _ of stream) counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  return { of: (identity, kind) => counts.get(`${identity} ${kind}`) ?? 0 };
}
