import { type Encoder, FRAME_RATE, type Size } from './encoder.ts';
import type { Segment } from './journal.ts';

/** A picture in I420, and how it has to be turned. */
export type Picture = Size & Readonly<{ data: Uint8Array; rotation: Segment['rotation'] }>;

/** Frames that are made up for at once when the clock ran ahead; what is more begins a new segment. */
const MAX_BEHIND = FRAME_RATE * 2;

/** After an ffmpeg that failed or did not keep up. Milliseconds. */
const REST = 2_000;

type Open = {
  encoder: Encoder;
  size: Size;
  rotation: Segment['rotation'];
  startedAt: number;
  frames: number;
};

/**
 * Pictures as they come, at a steady rate by the wall clock. A file has pictures of one size: another size, a mute or an
 * ffmpeg that does not keep up ends the segment, and the next picture begins another.
 */
export class PictureTrack {
  readonly #begin: (size: Size, rotation: Segment['rotation'], now: number) => Encoder;
  readonly #ending = new Set<Promise<void>>();
  #latest: Picture | null = null;
  #open: Open | null = null;
  #restUntil = 0;

  constructor(begin: (size: Size, rotation: Segment['rotation'], now: number) => Encoder) {
    this.#begin = begin;
  }

  show(picture: Picture, now: number): void {
    const open = this.#open;
    if (open && (!sameSize(open.size, picture) || open.rotation !== picture.rotation)) this.#endSegment();
    this.#latest = picture;
    this.tick(now);
  }

  /** Muted: there is nothing to be seen. */
  hide(): void {
    this.#latest = null;
    this.#endSegment();
  }

  /** To be called at least as often as pictures are to be written. */
  tick(now: number): void {
    const picture = this.#latest;
    if (!picture || now < this.#restUntil) return;
    this.#open ??= this.#beginSegment(picture, now);
    const open = this.#open;
    const due = Math.floor(((now - open.startedAt) * FRAME_RATE) / 1_000) + 1 - open.frames;
    if (due > MAX_BEHIND || !open.encoder.takes()) {
      this.#restUntil = now + REST;
      this.#endSegment();
      return;
    }
    for (let index = 0; index < due; index += 1) open.encoder.write(picture.data);
    open.frames += Math.max(0, due);
  }

  async end(): Promise<void> {
    this.hide();
    await Promise.all(this.#ending);
  }

  #beginSegment({ width, height, rotation }: Picture, now: number): Open {
    const size = { width, height };
    return { encoder: this.#begin(size, rotation, now), size, rotation, startedAt: now, frames: 0 };
  }

  #endSegment(): void {
    if (!this.#open) return;
    const ending = this.#open.encoder.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    this.#open = null;
  }
}

const sameSize = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;
