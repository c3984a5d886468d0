import { execFileSync } from 'node:child_process';

const RATE = 8_000;

/** What is in a media file, as ffmpeg sees it. */
export function inspect(path: string): { streams: { codec: string; kind: string }[]; seconds: number } {
  const text = execFileSync(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'stream=codec_name,codec_type:format=duration', '-of', 'json', path],
    { encoding: 'utf8' },
  );
  const { streams, format } = JSON.parse(text) as {
    streams: { codec_name: string; codec_type: string }[];
    format: { duration?: string };
  };
  return {
    streams: streams.map(({ codec_name, codec_type }) => ({ codec: codec_name, kind: codec_type })),
    seconds: Number(format.duration),
  };
}

/** The sound of a file. */
export function soundOf(path: string): Int16Array {
  const raw = execFileSync(
    'ffmpeg',
    ['-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', `${RATE}`, '-f', 's16le', '-'],
    { maxBuffer: 256 * 1024 * 1024 },
  );
  return new Int16Array(raw.buffer, raw.byteOffset, Math.floor(raw.byteLength / 2));
}

/** How loud a tone is in a part of the sound, from 0 to 1 (Goertzel). Seconds. */
export function toneIn(sound: Int16Array, tone: number, from: number, to: number): number {
  const part = sound.subarray(Math.round(from * RATE), Math.round(to * RATE));
  if (part.length === 0) return 0;
  const factor = 2 * Math.cos((2 * Math.PI * tone) / RATE);
  let [before, last] = [0, 0];
  for (const sample of part) [before, last] = [last, sample / 32_768 + factor * last - before];
  const power = last * last + before * before - factor * last * before;
  return (2 * Math.sqrt(Math.max(0, power))) / part.length;
}

/** How bright each of the cells of one picture of a file is: mean luma, 0 to 255. */
export function brightness(path: string, second: number, columns: number, rows: number): number[] {
  const raw = execFileSync('ffmpeg', [
    ...['-v', 'error', '-ss', `${second}`, '-i', path, '-frames:v', '1'],
    ...['-vf', `scale=${columns}:${rows}:flags=area`, '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
  ]);
  return [...raw];
}
