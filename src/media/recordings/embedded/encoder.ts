import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Raw sound or pictures that wait for ffmpeg; past this it does not keep up. Bytes. */
const MAX_WAITING = 48 * 1024 * 1024;
/** ffmpeg writes the end of its file when there is nothing more to come; longer than this and it hangs. Milliseconds. */
const FINISHING = 4_000;

/** Matroska in clusters of a second, each on the disk when it is over: playable whenever ffmpeg is killed. */
const CONTAINER = ['-cluster_time_limit', '1000', '-flush_packets', '1', '-f', 'matroska'];

export const SAMPLE_RATE = 48_000;
export const FRAME_RATE = 15;
/** Pictures higher than this are made smaller. */
const MAX_HEIGHT = 720;

const soundArguments = (path: string): string[] => [
  ...['-f', 's16le', '-ar', `${SAMPLE_RATE}`, '-ac', '1', '-i', 'pipe:0'],
  ...['-c:a', 'libopus', '-b:a', '48k', ...CONTAINER, path],
];

const pictureArguments = (path: string, { width, height }: Size): string[] => [
  ...[
    '-f',
    'rawvideo',
    '-pix_fmt',
    'yuv420p',
    '-s',
    `${width}x${height}`,
    '-r',
    `${FRAME_RATE}`,
    '-i',
    'pipe:0',
  ],
  ...['-vf', `scale=-2:'min(${MAX_HEIGHT},trunc(ih/2)*2)'`],
  ...[
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-crf',
    '26',
    '-g',
    `${FRAME_RATE * 2}`,
  ],
  ...['-threads', '1', ...CONTAINER, path],
];

export type Size = Readonly<{ width: number; height: number }>;

/** One ffmpeg that makes one file of raw sound or pictures. */
export type Encoder = Readonly<{
  /** Whether it still takes something: it may have failed, or not keep up. */
  takes(): boolean;
  write(bytes: Uint8Array): void;
  end(): Promise<void>;
}>;

export const encodeSound = (path: string): Encoder => run(soundArguments(path));
export const encodePicture = (path: string, size: Size): Encoder => run(pictureArguments(path, size));

function run(args: readonly string[]): Encoder {
  const ffmpeg: ChildProcess = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...args], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const input = ffmpeg.stdin as Writable;
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    const over = (): void => {
      isOver = true;
      resolve();
    };
    ffmpeg.once('exit', over).once('error', over);
  });
  // Of an ffmpeg that is gone; `takes` says so.
  input.on('error', () => {});
  return {
    takes: () => !isOver && input.writableLength < MAX_WAITING,
    write: (bytes) => void input.write(bytes),
    async end() {
      input.end();
      const timer = setTimeout(() => ffmpeg.kill('SIGKILL'), FINISHING);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Whether the ffmpeg of this machine can be started. */
export async function ffmpegWorks(): Promise<boolean> {
  try {
    const probe = spawn('ffmpeg', ['-version'], { stdio: 'ignore' });
    const [code] = (await once(probe, 'exit')) as [number | null];
    return code === 0;
  } catch {
    return false;
  }
}
