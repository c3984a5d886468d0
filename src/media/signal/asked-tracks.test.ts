import { describe, expect, it } from '@jest/globals';
import type { Published } from '../../livekit/index.ts';
import { findTracks, placed } from './asked-tracks.ts';

const present: Published[] = [
  {
    identity: 'anna',
    tracks: [
      { sid: 'TR_c', name: '', source: 'camera', kind: 'video' },
      { sid: 'TR_m', name: 'voice', source: 'microphone', kind: 'audio' },
      { sid: 'TR_s', name: '', source: 'screen_share', kind: 'video' },
    ],
  },
  { identity: 'bob~obs', tracks: [{ sid: 'TR_b', name: 'camera', source: 'camera', kind: 'video' }] },
];
const enough = { receiving: { audio: 9, video: 9 } };
const sids = (asked: { identity: string; tracks: string[] }[], offer = enough) =>
  findTracks(asked, present, offer).map(({ sid }) => sid);

describe('asked tracks', () => {
  it('are found by id, by name and by source', () => {
    expect(sids([{ identity: 'anna', tracks: ['TR_s', 'voice', 'camera'] }])).toEqual([
      'TR_s',
      'TR_m',
      'TR_c',
    ]);
    expect(sids([{ identity: 'bob~obs', tracks: ['camera'] }])).toEqual(['TR_b']);
  });

  it('are one when they are asked for twice', () => {
    const asked = [
      { identity: 'anna', tracks: ['camera', 'TR_c'] },
      { identity: 'anna', tracks: ['camera'] },
    ];
    expect(sids(asked)).toEqual(['TR_c']);
  });

  it('that are not there are named, each where it was asked for', () => {
    const asked = [
      { identity: 'anna', tracks: ['camera', 'screen'] },
      { identity: 'nobody', tracks: ['camera'] },
    ];
    expect(() => sids(asked)).toThrow(
      expect.objectContaining({
        code: 'NO_SUCH_TRACK',
        message: 'Not in this room: anna has no track screen; nobody has no track camera.',
        fields: [
          { path: 'subscribe.0.tracks.1', message: 'anna has no track screen' },
          { path: 'subscribe.1.tracks.0', message: 'nobody has no track camera' },
        ],
      }),
    );
  });

  it('need a receiving line each', () => {
    const asked = [{ identity: 'anna', tracks: ['TR_c', 'TR_s'] }];
    expect(() => sids(asked, { receiving: { audio: 1, video: 1 } })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining('1 video') }),
    );
  });
});

describe('what an answer carries', () => {
  const asked = findTracks([{ identity: 'anna', tracks: ['camera', 'voice'] }], present, enough);

  it('is told by line, in the order in which it was asked for', () => {
    const places = new Map([
      ['TR_m', '0'],
      ['TR_c', '3'],
    ]);
    expect(placed(asked, places)).toEqual([
      { mid: '3', identity: 'anna', name: '' },
      { mid: '0', identity: 'anna', name: 'voice' },
    ]);
  });

  it('must have all that was asked for', () => {
    expect(() => placed(asked, new Map([['TR_c', '3']]))).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining('voice of anna') }),
    );
  });
});
