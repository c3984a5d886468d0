import { describe, expect, it } from '@jest/globals';
import type { Present } from '../livekit/index.ts';
import { findTracks, placed, takenBy, wanted } from './livekit-tracks.ts';

const track = (sid: string, mid: string, name: string, source: string): Present['tracks'][number] => ({
  sid,
  mid,
  name,
  source,
  kind: source === 'microphone' ? 'audio' : 'video',
});
const bob: Present = {
  identity: 'bob~phone',
  participantId: 'PA_bob',
  attributes: { 'sfu.tracks': '{"0":"voice","1":"camera"}' },
  tracks: [
    track('TR_mic', '0', 'synthesized-microphone', 'microphone'),
    track('TR_screen', '1', 'synthesized-camera', 'camera'),
    track('TR_cam', '2', 'synthesized-camera', 'camera'),
  ],
};
const carol: Present = {
  identity: 'carol',
  participantId: 'PA_carol',
  attributes: {},
  tracks: [track('TR_carol', '', '', 'microphone'), track('TR_named', '', 'slides', 'screen_share')],
};

describe('a track', () => {
  it.each([
    ['bob~phone', 'voice', 'TR_mic'],
    // What somebody called so comes before what is one.
    ['bob~phone', 'camera', 'TR_screen'],
    ['bob~phone', 'microphone', 'TR_mic'],
    ['bob~phone', 'synthesized-camera', 'TR_cam'],
    ['carol', 'microphone', 'TR_carol'],
    ['carol', 'slides', 'TR_named'],
    ['carol', 'screen_share', 'TR_named'],
    ['carol', 'voice', undefined],
    ['bob', 'voice', undefined],
    ['nobody', 'microphone', undefined],
  ])('of %s called %s is %s', (from, name, sid) => {
    expect(findTracks([{ from, name }], [bob, carol])[0]?.track?.sid).toBe(sid);
  });

  it.each(['no JSON', '[]', 'null', '{"0":7}', '"voice"'])(
    'has LiveKit’s name when the attribute holds %s',
    (text) => {
      const odd = { ...bob, attributes: { 'sfu.tracks': text } };
      const found = findTracks([{ from: 'bob~phone', name: 'synthesized-microphone' }], [odd]);
      expect(found[0]?.track?.sid).toBe('TR_mic');
    },
  );
});

const section = (mid: string, ...lines: string[]): string =>
  ['m=audio 9 UDP/TLS/RTP/SAVPF 96', `a=mid:${mid}`, ...lines, ''].join('\r\n');

describe('LiveKit’s answer', () => {
  const found = findTracks(
    [
      { from: 'bob~phone', name: 'voice' },
      { from: 'carol', name: 'slides' },
      { from: 'carol', name: 'nothing' },
    ],
    [bob, carol],
  );

  it('is asked for each track that is there, once', () => {
    expect(wanted([...found, ...found])).toEqual([
      { identity: 'bob~phone', sid: 'TR_mic', name: 'synthesized-microphone', kind: 'audio' },
      { identity: 'carol', sid: 'TR_named', name: 'slides', kind: 'video' },
    ]);
  });

  it('has a place for each, or a fault', () => {
    expect(placed(found, new Map([['TR_mic', '5']]))).toEqual([
      { from: 'bob~phone', name: 'voice', mid: '5' },
      { from: 'carol', name: 'slides', fault: 'NO_PLACE' },
      { from: 'carol', name: 'nothing', fault: 'NOT_FOUND' },
    ]);
  });

  it('says which tracks it takes', () => {
    const refused = section('1').replace('m=audio 9', 'm=audio 0');
    const answer = `v=0\r\n${section('0', 'a=recvonly')}${refused}${section('2', 'a=inactive')}`;
    const tracks = ['0', '1', '2'].map((mid) => ({ mid, name: `track ${mid}` }));
    expect(takenBy(answer, tracks).map(({ fault }) => fault)).toEqual([undefined, 'FAILED', 'FAILED']);
  });
});
