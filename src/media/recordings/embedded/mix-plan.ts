import { FRAME_RATE } from './encoder.ts';
import type { JournalLine, Segment } from './journal.ts';

/** A segment with how long it plays. Milliseconds. */
export type Measured = Segment & Readonly<{ length: number }>;

export const WIDTH = 1_280;
export const HEIGHT = 720;

/** What the whole of it is, on its own clock: milliseconds from the beginning. */
export type MixPlan = Readonly<{
  length: number;
  parts: readonly (Measured & Readonly<{ offset: number; cell: number }>)[];
  /** Of a grid of so many columns and rows; each picture keeps its cell from beginning to end. */
  columns: number;
  rows: number;
}>;

/** @param lines of the journal; may have several lives of the recorder in it */
export function planMix(lines: readonly JournalLine[], measured: readonly Measured[]): MixPlan {
  const starts = [
    ...lines.flatMap((line) => (line.type === 'began' ? [line.at] : [])),
    ...measured.map(startOf),
  ];
  const ends = [
    ...lines.flatMap((line) => (line.type === 'ended' ? [line.at] : [])),
    ...measured.map((one) => one.startedAt + one.length),
  ];
  const origin = starts.length > 0 ? Math.min(...starts) : 0;
  const length = Math.max(1_000, ...ends.map((end) => end - origin));
  const shown = measured
    .filter(({ kind }) => kind === 'picture')
    .toSorted((a, b) => a.startedAt - b.startedAt);
  const cells = [...new Set(shown.map(whose))];
  const columns = Math.max(1, Math.ceil(Math.sqrt(cells.length)));
  return {
    length,
    parts: measured.map((one) => ({
      ...one,
      offset: one.startedAt - origin,
      cell: cells.indexOf(whose(one)),
    })),
    columns,
    rows: Math.max(1, Math.ceil(cells.length / columns)),
  };
}

const startOf = ({ startedAt }: Segment): number => startedAt;
const whose = ({ identity, source }: Segment): string => JSON.stringify([identity, source]);

const TURN: Readonly<Record<Segment['rotation'], string>> = {
  0: '',
  90: 'transpose=clock,',
  180: 'hflip,vflip,',
  270: 'transpose=cclock,',
};

/** What ffmpeg is told: every part at its time, the sound added up, the pictures in their cells, black where there is none. */
export function mixArguments(plan: MixPlan, pathOf: (file: string) => string, output: string): string[] {
  const seconds = (plan.length / 1_000).toFixed(3);
  const width = even(WIDTH / plan.columns);
  const height = even(HEIGHT / plan.rows);
  const filters = [
    `color=c=black:s=${WIDTH}x${HEIGHT}:r=${FRAME_RATE}:d=${seconds},format=yuv420p[v0]`,
    `anullsrc=r=48000:cl=mono,atrim=duration=${seconds}[a0]`,
  ];
  const sounds = ['[a0]'];
  let shown = 0;
  for (const [input, { kind, offset, cell, rotation }] of plan.parts.entries()) {
    if (kind === 'sound') {
      sounds.push(`[a${sounds.length}]`);
      filters.push(`[${input}:a]aresample=48000,adelay=${Math.round(offset)}:all=1${sounds.at(-1)}`);
      continue;
    }
    const x = (cell % plan.columns) * width;
    const y = Math.floor(cell / plan.columns) * height;
    filters.push(
      `[${input}:v]${TURN[rotation]}scale=${width}:${height}:force_original_aspect_ratio=decrease,` +
        `pad=${width}:${height}:-1:-1,setsar=1,setpts=PTS-STARTPTS+${(offset / 1_000).toFixed(3)}/TB[p${input}]`,
      `[v${shown}][p${input}]overlay=${x}:${y}:eof_action=pass[v${shown + 1}]`,
    );
    shown += 1;
  }
  filters.push(
    `${sounds.join('')}amix=inputs=${sounds.length}:duration=longest:dropout_transition=0:normalize=0,alimiter=limit=0.95:level=disabled[a]`,
  );
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-y'],
    ...plan.parts.flatMap(({ file }) => ['-i', pathOf(file)]),
    ...['-filter_complex', filters.join(';'), '-map', `[v${shown}]`, '-map', '[a]', '-t', seconds],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '25', '-pix_fmt', 'yuv420p', '-r', `${FRAME_RATE}`],
    ...['-c:a', 'aac', '-b:a', '96k', '-movflags', '+faststart', '-f', 'mp4', output],
  ];
}

const even = (size: number): number => Math.floor(size / 2) * 2;
