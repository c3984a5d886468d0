import { describe, expect, it } from '@jest/globals';
import { type Encoder, FRAME_RATE, SAMPLE_RATE } from './encoder.ts';
import { type Picture, PictureTrack } from './picture-track.ts';
import { SoundTrack } from './sound-track.ts';

function anEncoder() {
  const state = { written: [] as Uint8Array[], isOver: false, takes: true };
  const encoder: Encoder = {
    takes: () => state.takes && !state.isOver,
    write: (bytes) => void state.written.push(bytes),
    async end() {
      state.isOver = true;
    },
  };
  return { encoder, state, bytes: () => state.written.reduce((sum, { length }) => sum + length, 0) };
}

describe('the sound of a track', () => {
  const began = 1_000_000;
  const tenth = new Int16Array(SAMPLE_RATE / 10).fill(7);
  const written = (bytes: number): number => bytes / 2 / SAMPLE_RATE;

  it('is as long as it was heard', async () => {
    const to = anEncoder();
    const sound = new SoundTrack(to.encoder, began);
    for (let at = 100; at <= 2_000; at += 100) sound.write(tenth, began + at);
    await sound.end();
    expect(written(to.bytes())).toBeCloseTo(2, 1);
    expect(to.state.isOver).toBe(true);
  });

  it('has silence where nothing came, so that what comes later is at its time', () => {
    const to = anEncoder();
    const sound = new SoundTrack(to.encoder, began);
    sound.write(tenth, began + 100);
    sound.write(tenth, began + 10_000);
    expect(written(to.bytes())).toBeCloseTo(10, 1);
    expect(to.state.written.at(-1)?.[0]).toBe(7);
  });

  it('goes on in silence while nothing comes', () => {
    const to = anEncoder();
    const sound = new SoundTrack(to.encoder, began);
    for (let at = 0; at <= 5_000; at += 66) sound.tick(began + at);
    expect(written(to.bytes())).toBeGreaterThan(4);
    expect(written(to.bytes())).toBeLessThanOrEqual(5);
  });

  it('bears jitter, and drops what comes faster than time goes', () => {
    const to = anEncoder();
    const sound = new SoundTrack(to.encoder, began);
    for (let count = 0; count < 50; count += 1) sound.write(tenth, began + 100);
    expect(written(to.bytes())).toBeLessThan(0.6);
  });

  it('writes nothing to an ffmpeg that does not keep up, and is right again when it does', () => {
    const to = anEncoder();
    const sound = new SoundTrack(to.encoder, began);
    to.state.takes = false;
    sound.write(tenth, began + 100);
    expect(to.bytes()).toBe(0);
    to.state.takes = true;
    sound.write(tenth, began + 5_000);
    expect(written(to.bytes())).toBeCloseTo(5, 1);
  });
});

describe('the picture of a track', () => {
  const began = 1_000_000;
  const picture = (more: Partial<Picture> = {}): Picture => ({
    data: new Uint8Array(6),
    width: 2,
    height: 2,
    rotation: 0,
    ...more,
  });
  function aTrack() {
    const segments: (ReturnType<typeof anEncoder> & { width: number; rotation: number; at: number })[] = [];
    const track = new PictureTrack(({ width }, rotation, at) => {
      const made = { ...anEncoder(), width, rotation, at };
      segments.push(made);
      return made.encoder;
    });
    return { track, segments };
  }

  it('has a steady rate, whatever the rate at which pictures come', () => {
    const { track, segments } = aTrack();
    track.show(picture(), began);
    for (let at = 0; at <= 2_000; at += 60) track.tick(began + at);
    expect(segments).toHaveLength(1);
    expect(segments[0]?.state.written.length).toBeGreaterThanOrEqual(FRAME_RATE * 2 - 1);
    expect(segments[0]?.state.written.length).toBeLessThanOrEqual(FRAME_RATE * 2 + 1);
  });

  it('begins a new file with another size or another way up', () => {
    const { track, segments } = aTrack();
    track.show(picture(), began);
    track.show(picture({ width: 4 }), began + 100);
    track.show(picture({ width: 4, rotation: 90 }), began + 200);
    expect(segments.map(({ width, rotation, state }) => [width, rotation, state.isOver])).toEqual([
      [2, 0, true],
      [4, 0, true],
      [4, 90, false],
    ]);
  });

  it('ends its file when it is muted, and begins another when there is something to be seen', async () => {
    const { track, segments } = aTrack();
    track.show(picture(), began);
    track.hide();
    for (let at = 0; at < 1_000; at += 60) track.tick(began + at);
    expect(segments).toHaveLength(1);
    track.show(picture(), began + 5_000);
    expect(segments.map(({ at }) => at)).toEqual([began, began + 5_000]);
    await track.end();
    expect(segments.every(({ state }) => state.isOver)).toBe(true);
  });

  it('rests after an ffmpeg that failed', () => {
    const { track, segments } = aTrack();
    track.show(picture(), began);
    if (segments[0]) segments[0].state.takes = false;
    for (let at = 60; at <= 1_900; at += 60) track.tick(began + at);
    expect(segments).toHaveLength(1);
    track.tick(began + 2_500);
    expect(segments).toHaveLength(2);
  });
});
