import { describe, expect, it } from '@jest/globals';
import { aMediaLine, anOffer } from '../test/support/sdp.ts';
import { isRefused, kindOf, sectionsOf } from './sdp.ts';

describe('the sections of a session description', () => {
  it('are the session’s part and each media line with its attributes', () => {
    const [session, ...media] = sectionsOf(
      anOffer({ media: [aMediaLine('audio', '0'), aMediaLine('video', 'v', 'recvonly')] }),
    );
    expect(session.attributes.get('group')).toBe('BUNDLE 0');
    expect(media.map((one) => [kindOf(one), one.media, one.attributes.get('mid')])).toEqual([
      ['audio', 'audio 9 UDP/TLS/RTP/SAVPF 111', '0'],
      ['video', 'video 9 UDP/TLS/RTP/SAVPF 111', 'v'],
    ]);
    expect(media[1]?.attributes.get('recvonly')).toBe('');
  });

  it('end at line breaks of either kind, and the first of several attributes counts', () => {
    const [, media] = sectionsOf('v=0\nm=audio 9 x 0\na=mid:first\r\na=mid:second\n');
    expect([media?.media, media?.attributes.get('mid')]).toEqual(['audio 9 x 0', 'first']);
  });

  it.each(['', 'hello', 'a=mid:0', 'm=', '\r\n\r\n'])('are those of any text: %j', (text) => {
    expect(sectionsOf(text).length).toBeGreaterThan(0);
  });

  it.each([
    ['m=audio 0 x 0\r\na=mid:0', true],
    ['m=audio 9 x 0\r\na=inactive', true],
    ['m=audio 9 x 0\r\na=recvonly', false],
  ])('of %j are refused: %s', (text, refused) => {
    const [, media] = sectionsOf(text);
    expect(media && isRefused(media)).toBe(refused);
  });
});
