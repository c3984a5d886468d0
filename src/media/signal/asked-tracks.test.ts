import { describe, expect, it } from '@jest/globals';
import { anAnswer } from '../../../test/support/sdp.ts';
import type { Published } from '../../livekit/index.ts';
import { byName, findTracks, refuseLeftOut, tracksIn } from './asked-tracks.ts';

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

  it('are asked of LiveKit by their names', () => {
    const asked = [
      { identity: 'anna', tracks: ['TR_c', 'TR_s', 'TR_m'] },
      { identity: 'bob~obs', tracks: ['TR_b'] },
    ];
    expect(byName(findTracks(asked, present, enough))).toEqual([
      { identity: 'anna', tracks: ['', 'voice'] },
      { identity: 'bob~obs', tracks: ['camera'] },
    ]);
  });
});

describe('what an answer carries', () => {
  it('is told by line; what nobody in the room has is left out', () => {
    expect(tracksIn(anAnswer([null, 'TR_m', 'TR_other', 'TR_b']), present)).toEqual([
      { mid: '1', sid: 'TR_m', identity: 'anna', name: 'voice' },
      { mid: '3', sid: 'TR_b', identity: 'bob~obs', name: 'camera' },
    ]);
  });

  it('must have what was asked for', () => {
    const asked = findTracks([{ identity: 'anna', tracks: ['voice'] }], present, enough);
    expect(() => refuseLeftOut(asked, [{ sid: 'TR_m' }, { sid: 'TR_b' }])).not.toThrow();
    expect(() => refuseLeftOut(asked, [{ sid: 'TR_b' }])).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining('voice of anna') }),
    );
  });
});
