import { describe, expect, it } from '@jest/globals';
import { credentialsIn, fragmentOf, inMedia } from './candidates.ts';

const ice = { ufrag: 'ufrag', pwd: 'password', mid: '0', media: 'audio 9 UDP/TLS/RTP/SAVPF 111' };
const candidate = 'candidate:1 1 udp 2122260223 192.0.2.7 54321 typ host generation 0 ufrag ufrag';

describe('a candidate', () => {
  it('travels with the credentials and the first line of its offer', () => {
    expect(fragmentOf({ candidate, usernameFragment: 'ufrag' }, ice)?.split('\r\n')).toEqual([
      'a=ice-ufrag:ufrag',
      'a=ice-pwd:password',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=mid:0',
      `a=${candidate}`,
      '',
    ]);
  });

  it('that is empty ends them, and there is nothing to tell', () => {
    expect(fragmentOf({ candidate: '' }, ice)).toBeNull();
  });

  it.each([
    ['is no candidate', { candidate: 'a candidate' }],
    ['is half of one', { candidate: 'candidate:1 1 udp 2122260223 192.0.2.7' }],
    ['brings a line of its own', { candidate: `${candidate}\r\na=mid:1` }],
    ['is of another ICE session', { candidate, usernameFragment: 'other' }],
  ])('that %s is refused', (_what, given) => {
    expect(() => fragmentOf(given, ice)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});

describe('the credentials of a restart', () => {
  it('are found wherever they stand', () => {
    expect(credentialsIn('a=ice-ufrag:a\r\na=ice-pwd:b\r\nm=audio 9 x 0\r\n')).toEqual({
      ufrag: 'a',
      pwd: 'b',
    });
    expect(credentialsIn('m=audio 9 x 0\na=ice-ufrag:a\na=ice-pwd:b')).toEqual({ ufrag: 'a', pwd: 'b' });
  });

  it('stand under the media line in the end', () => {
    const given = 'a=ice-ufrag:a\r\na=ice-pwd:b\r\nm=audio 9 x 0\r\na=mid:0\r\n';
    const moved = 'm=audio 9 x 0\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\na=mid:0\r\n';
    expect(inMedia(given, { ufrag: 'a', pwd: 'b' })).toBe(moved);
    expect(inMedia(moved, { ufrag: 'a', pwd: 'b' })).toBe(moved);
  });

  it('may not be missing', () => {
    expect(() => credentialsIn('m=audio 9 x 0')).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    );
  });
});
