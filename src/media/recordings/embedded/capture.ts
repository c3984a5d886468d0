import { join } from 'node:path';
import {
  AudioStream,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
  TrackKind,
  TrackSource,
  VideoBufferType,
  VideoStream,
} from '@livekit/rtc-node';
import { withDeadline } from '../../../timers.ts';
import { encodePicture, encodeSound, FRAME_RATE, SAMPLE_RATE } from './encoder.ts';
import type { Journal, Segment } from './journal.ts';
import { PictureTrack } from './picture-track.ts';
import { SoundTrack } from './sound-track.ts';

/** Tracks that are written at once, each an ffmpeg; what is more is not recorded. */
const MAX_TRACKS = 60;
/** LiveKit's room is gone, or we are: whoever does not let us in within this. Milliseconds. */
const CONNECT_WITHIN = 8_000;

const QUARTERS = [0, 90, 180, 270] as const;

type Written = Readonly<{ tick(now: number): void; hide(): void; end(): Promise<void> }>;

export type Capture = Readonly<{
  /** The room closed, or the connection to it is lost for good. */
  closed: Promise<void>;
  /** Leaves the room; resolves when every file is whole. */
  end(): Promise<void>;
}>;

/** Goes into a room unseen, and writes what everybody there sends into files of the folder. */
export async function captureRoom(
  at: Readonly<{ url: string; token: string; folder: string }>,
  journal: Journal,
): Promise<Capture> {
  const { folder } = at;
  const room = new Room();
  const tracks = new Map<string, Written>();
  /** Of another recorder of the same recording, one that was killed, nothing is written over. */
  const life = Date.now().toString(36);
  let count = 0;

  function begin(about: Omit<Segment, 'type' | 'file'>): string {
    count += 1;
    const file = `${life}-${count}-${about.kind}.mkv`;
    journal.write({ type: 'segment', file, ...about });
    return join(folder, file);
  }

  function writeSound(track: RemoteTrack, identity: string, source: string): Written {
    const startedAt = Date.now();
    const path = begin({ kind: 'sound', identity, source, rotation: 0, startedAt });
    const sound = new SoundTrack(encodeSound(path), startedAt);
    const reader = new AudioStream(track, SAMPLE_RATE, 1).getReader();
    void readAll(reader, (frame) => sound.write(frame.data, Date.now()));
    return {
      tick: (now) => sound.tick(now),
      hide() {},
      async end() {
        await cancel(reader);
        await sound.end();
      },
    };
  }

  function writePictures(
    track: RemoteTrack,
    identity: string,
    source: string,
    isMuted: () => boolean,
  ): Written {
    const pictures = new PictureTrack((size, rotation, startedAt) =>
      encodePicture(begin({ kind: 'picture', identity, source, rotation, startedAt }), size),
    );
    const reader = new VideoStream(track).getReader();
    let shownAt = 0;
    void readAll(reader, ({ frame, rotation }) => {
      const now = Date.now();
      // What comes faster than we write would only be copied to be thrown away.
      if (isMuted() || now - shownAt < 500 / FRAME_RATE) return;
      shownAt = now;
      const { data, width, height } =
        frame.type === VideoBufferType.I420 ? frame : frame.convert(VideoBufferType.I420);
      pictures.show({ data, width, height, rotation: QUARTERS[rotation] ?? 0 }, now);
    });
    return {
      tick: (now) => pictures.tick(now),
      hide: () => pictures.hide(),
      async end() {
        await cancel(reader);
        await pictures.end();
      },
    };
  }

  function subscribed(track: RemoteTrack, publication: RemoteTrackPublication, who: RemoteParticipant): void {
    const sid = publication.sid ?? '';
    if (tracks.size >= MAX_TRACKS || tracks.has(sid)) return;
    const source = SOURCES.get(publication.source ?? TrackSource.SOURCE_UNKNOWN) ?? 'other';
    const written =
      track.kind === TrackKind.KIND_AUDIO
        ? writeSound(track, who.identity, source)
        : writePictures(track, who.identity, source, () => publication.muted === true);
    tracks.set(sid, written);
  }

  async function gone(sid: string | undefined): Promise<void> {
    const written = tracks.get(sid ?? '');
    tracks.delete(sid ?? '');
    if (!written) return;
    const ending = written.end();
    endings.add(ending);
    await ending.finally(() => endings.delete(ending));
  }
  const endings = new Set<Promise<void>>();

  room.on(RoomEvent.TrackSubscribed, subscribed);
  room.on(RoomEvent.TrackUnsubscribed, (_track, publication) => void gone(publication.sid));
  room.on(RoomEvent.TrackMuted, (publication) => tracks.get(publication.sid ?? '')?.hide());
  const closed = new Promise<void>((resolve) => room.once(RoomEvent.Disconnected, () => resolve()));

  await withDeadline(
    room.connect(at.url, at.token, { autoSubscribe: true, dynacast: false }),
    CONNECT_WITHIN,
  );
  const ticking = setInterval(() => {
    const now = Date.now();
    for (const written of tracks.values()) written.tick(now);
  }, 1_000 / FRAME_RATE);

  return {
    closed,
    async end() {
      clearInterval(ticking);
      for (const sid of [...tracks.keys()]) void gone(sid);
      await Promise.all(endings);
      await room.disconnect().catch(() => {});
    },
  };
}

const SOURCES: ReadonlyMap<TrackSource, string> = new Map([
  [TrackSource.SOURCE_CAMERA, 'camera'],
  [TrackSource.SOURCE_MICROPHONE, 'microphone'],
  [TrackSource.SOURCE_SCREENSHARE, 'screen'],
  [TrackSource.SOURCE_SCREENSHARE_AUDIO, 'screen'],
]);

type Reader<T> = Readonly<{
  read(): Promise<{ done: boolean; value?: T | undefined }>;
  cancel(): Promise<void>;
}>;

async function readAll<T>(reader: Reader<T>, take: (value: T) => void): Promise<void> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value !== undefined) take(value);
    }
  } catch {
    // The track is gone; what it was is written.
  }
}

const cancel = (reader: Pick<Reader<unknown>, 'cancel'>): Promise<void> => reader.cancel().catch(() => {});
