import { type Encoder, SAMPLE_RATE } from './encoder.ts';

/**
 * How far the sound may be from the clock before it is set right: jitter and the reader's own pace stay below.
 * Milliseconds.
 */
const TOLERANCE = 250;
/** Silence is written in pieces, so that a long one takes no memory. Samples. */
const PIECE = SAMPLE_RATE / 10;
const BYTES = 2;

/**
 * Sound as it comes, put where the wall clock has it: where nothing came (muted, lost, paused) there is silence, so that a
 * sample's place in the file says when it was heard.
 */
export class SoundTrack {
  readonly #encoder: Encoder;
  readonly #startedAt: number;
  #samples = 0;

  constructor(encoder: Encoder, startedAt: number) {
    this.#encoder = encoder;
    this.#startedAt = startedAt;
  }

  /** @param samples mono, 16 bit, that ended now */
  write(samples: Int16Array, now: number): void {
    if (!this.#encoder.takes()) return;
    const before = this.#due(now) - samples.length;
    if (this.#samples - before > inSamples(TOLERANCE)) return;
    if (before - this.#samples > inSamples(TOLERANCE)) this.#silence(before - this.#samples);
    this.#encoder.write(
      new Uint8Array(samples.buffer.slice(samples.byteOffset, samples.byteOffset + samples.byteLength)),
    );
    this.#samples += samples.length;
  }

  /** Keeps up with the clock while nothing comes. */
  tick(now: number): void {
    const missing = this.#due(now) - this.#samples - inSamples(TOLERANCE);
    if (missing > inSamples(TOLERANCE) && this.#encoder.takes()) this.#silence(missing);
  }

  end(): Promise<void> {
    return this.#encoder.end();
  }

  #due(now: number): number {
    return inSamples(now - this.#startedAt);
  }

  #silence(samples: number): void {
    for (let left = samples; left > 0 && this.#encoder.takes(); left -= PIECE) {
      const piece = Math.min(left, PIECE);
      this.#encoder.write(new Uint8Array(piece * BYTES));
      this.#samples += piece;
    }
  }
}

const inSamples = (milliseconds: number): number => Math.round((milliseconds * SAMPLE_RATE) / 1_000);
