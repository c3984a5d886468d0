import {
  AudioFrame,
  AudioSource,
  LocalAudioTrack,
  LocalVideoTrack,
  type RoomOptions,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node';
import { join } from '../support/client.ts';
import { type Connected, connect } from '../support/livekit-client.ts';

const RATE = 48_000;
const FRAME = RATE / 50;
const WIDTH = 320;
const HEIGHT = 240;

/**
 * A real client that sends a tone and a picture of one grey. Disposing leaves the room.
 * @param luma  of the picture, 16 (black) to 235 (white)
 */
export async function publish(
  roomId: string,
  token: string,
  { tone, luma }: Readonly<{ tone: number; luma: number }>,
  options: Partial<RoomOptions> = {},
): Promise<Connected> {
  const connected = await connect(await join(roomId, token), options);
  const sound = new AudioSource(RATE, 1);
  const picture = new VideoSource(WIDTH, HEIGHT);
  const soundTrack = LocalAudioTrack.createAudioTrack('tone', sound);
  const pictureTrack = LocalVideoTrack.createVideoTrack('grey', picture);
  const { localParticipant } = connected.room;
  if (!localParticipant) throw new Error('not in the room');
  await localParticipant.publishTrack(
    soundTrack,
    new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE, dtx: false }),
  );
  await localParticipant.publishTrack(
    pictureTrack,
    new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false }),
  );
  let isOver = false;
  const sounding = sendTone(sound, tone, () => isOver);
  const frame = greyFrame(luma);
  const showing = setInterval(() => picture.captureFrame(frame), 66);
  return {
    ...connected,
    async [Symbol.asyncDispose]() {
      isOver = true;
      clearInterval(showing);
      await sounding;
      await connected[Symbol.asyncDispose]();
    },
  };
}

async function sendTone(source: AudioSource, tone: number, isOver: () => boolean): Promise<void> {
  for (let at = 0; !isOver(); at += FRAME) {
    const samples = Int16Array.from({ length: FRAME }, (_, index) =>
      Math.round(8_000 * Math.sin((2 * Math.PI * tone * (at + index)) / RATE)),
    );
    // Waits while enough is buffered.
    await source.captureFrame(new AudioFrame(samples, RATE, 1, FRAME)).catch(() => {});
  }
}

function greyFrame(luma: number): VideoFrame {
  const pixels = WIDTH * HEIGHT;
  const data = new Uint8Array(pixels * 1.5).fill(128);
  data.fill(luma, 0, pixels);
  return new VideoFrame(data, WIDTH, HEIGHT, VideoBufferType.I420);
}
