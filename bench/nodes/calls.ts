import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node';
import type { Nodes } from './livekit-nodes.ts';
import { tokenFor } from './signalling.ts';

const RATE = 48_000;
const WIDTH = 640;
const HEIGHT = 360;
const FRAME_MS = 66;

/** Rooms in which everybody hears everybody. Disposing ends them. */
export type Calls = AsyncDisposable & Readonly<{ subscribed(): number; publishVideo(): Promise<void> }>;

export async function startCalls(nodes: Nodes, rooms: number, people: number): Promise<Calls> {
  let over = false;
  let subscribed = 0;
  const hosts: Room[] = [];
  const all: Room[] = [];

  async function enter(room: string, identity: string): Promise<Room> {
    const client = new Room();
    client.on(RoomEvent.TrackSubscribed, () => {
      subscribed += 1;
    });
    await client.connect(nodes.url, await tokenFor(nodes, room, identity), {
      autoSubscribe: true,
      dynacast: false,
    });
    const source = new AudioSource(RATE, 1);
    await client.localParticipant?.publishTrack(
      LocalAudioTrack.createAudioTrack('microphone', source),
      optionsOf(TrackSource.SOURCE_MICROPHONE),
    );
    const tone = Int16Array.from({ length: RATE / 100 }, (_, at) => 8_000 * Math.sin(at / 17));
    void (async () => {
      while (!over) await source.captureFrame(new AudioFrame(tone, RATE, 1, tone.length));
    })().catch(() => {});
    all.push(client);
    return client;
  }

  for (let room = 0; room < rooms; room += 1)
    for (let who = 0; who < people; who += 1) {
      const client = await enter(`call-${room}`, `person-${who}`);
      if (who === 0) hosts.push(client);
    }

  return {
    subscribed: () => subscribed,
    /** The first of each room shows a camera: 640×360, fifteen pictures a second, VP8. */
    async publishVideo() {
      for (const host of hosts) {
        const source = new VideoSource(WIDTH, HEIGHT);
        await host.localParticipant?.publishTrack(
          LocalVideoTrack.createVideoTrack('camera', source),
          optionsOf(TrackSource.SOURCE_CAMERA),
        );
        let shade = 0;
        const timer = setInterval(() => {
          if (over) return clearInterval(timer);
          shade = (shade + 3) % 256;
          const picture = new Uint8Array((WIDTH * HEIGHT * 3) / 2).map((_, at) => (at * 7 + shade) % 256);
          source.captureFrame(new VideoFrame(picture, WIDTH, HEIGHT, VideoBufferType.I420));
        }, FRAME_MS);
      }
    },
    async [Symbol.asyncDispose]() {
      over = true;
      for (const client of all) await client.disconnect();
    },
  };
}

function optionsOf(source: TrackSource): TrackPublishOptions {
  const options = new TrackPublishOptions();
  options.source = source;
  options.simulcast = false;
  return options;
}
