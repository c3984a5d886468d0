import { describe, expect, it } from '@jest/globals';
import type { JournalLine } from './journal.ts';
import { type Measured, mixArguments, planMix } from './mix-plan.ts';

const began: JournalLine = { type: 'began', at: 10_000 };
const ended: JournalLine = { type: 'ended', at: 70_000, reason: 'stopped' };
const part = (more: Partial<Measured>): Measured => ({
  type: 'segment',
  file: 'a.mkv',
  kind: 'sound',
  identity: 'host',
  source: 'microphone',
  rotation: 0,
  startedAt: 10_000,
  length: 5_000,
  ...more,
});

describe('the plan of a mix', () => {
  it('puts each part at its time', () => {
    const plan = planMix([began, ended], [part({}), part({ identity: 'guest', startedAt: 32_500 })]);
    expect(plan.length).toBe(60_000);
    expect(plan.parts.map(({ offset }) => offset)).toEqual([0, 22_500]);
  });

  it('is as long as the last part plays when nobody said the end', () => {
    expect(planMix([began], [part({ startedAt: 20_000, length: 7_000 })]).length).toBe(17_000);
  });

  it('is a second of nothing when there is nothing', () => {
    expect(planMix([], [])).toMatchObject({ length: 1_000, parts: [], columns: 1, rows: 1 });
  });

  it('gives each picture of each person a cell, which it keeps', () => {
    const pictures = [
      part({ kind: 'picture', source: 'camera', startedAt: 30_000, identity: 'late' }),
      part({ kind: 'picture', source: 'camera' }),
      part({ kind: 'picture', source: 'camera', startedAt: 40_000 }),
      part({ kind: 'picture', source: 'screen', startedAt: 20_000 }),
    ];
    const plan = planMix([began, ended], pictures);
    expect([plan.columns, plan.rows]).toEqual([2, 2]);
    expect(plan.parts.map(({ cell }) => cell)).toEqual([2, 0, 0, 1]);
  });
});

describe('what ffmpeg is told', () => {
  const filterOf = (parts: Measured[]): string => {
    const args = mixArguments(planMix([began, ended], parts), (file) => `/r/${file}`, '/r/out.mp4');
    return args[args.indexOf('-filter_complex') + 1] ?? '';
  };

  it('delays sound, places pictures, and turns those of a phone', () => {
    const filter = filterOf([
      part({ startedAt: 11_234 }),
      part({ kind: 'picture', source: 'camera', startedAt: 12_000, rotation: 90 }),
    ]);
    expect(filter).toContain('[0:a]aresample=48000,adelay=1234:all=1');
    expect(filter).toContain('[1:v]transpose=clock,scale=1280:720');
    expect(filter).toContain('+2.000/TB');
    expect(filter).toContain('amix=inputs=2');
  });

  it('has sound and picture when nobody sent either', () => {
    expect(filterOf([])).toContain('[a0]amix=inputs=1');
  });
});
