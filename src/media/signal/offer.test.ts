import { describe, expect, it } from '@jest/globals';
import { aMediaLine, anOffer } from '../../../test/support/sdp.ts';
import { readOffer } from './offer.ts';

describe('an offer', () => {
  it('says whose connection it is of, and what its candidates are for', () => {
    const offer = readOffer(anOffer());
    expect(offer).toEqual({
      fingerprint: 'sha-256 AA:BB',
      origin: 'o=- 1 2 IN IP4 127.0.0.1',
      ice: { ufrag: 'ufrag', pwd: 'password', mid: '0', media: 'audio 9 UDP/TLS/RTP/SAVPF 111' },
      receiving: { audio: 1, video: 0 },
    });
  });

  it('counts the lines that would receive, of each kind', () => {
    const media = [
      aMediaLine('audio', '0', 'sendonly'),
      aMediaLine('audio', '1', 'recvonly'),
      aMediaLine('video', '2', 'sendrecv'),
      aMediaLine('video', '3', 'inactive'),
      aMediaLine('video', '4', 'recvonly'),
      aMediaLine('application', '5', 'sendrecv'),
    ];
    expect(readOffer(anOffer({ media })).receiving).toEqual({ audio: 1, video: 2 });
  });

  it('may have line breaks of either kind, and its credentials in the session or the media', () => {
    expect(readOffer(anOffer().replaceAll('\r\n', '\n')).ice.ufrag).toBe('ufrag');
    const media = [['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:0'].join('\r\n')];
    const session = ['a=ice-ufrag:of-all', 'a=ice-pwd:p', 'a=fingerprint:f'];
    expect(readOffer(anOffer({ media, session })).ice).toMatchObject({ ufrag: 'of-all', pwd: 'p' });
  });

  it.each([
    ['', 'begin with v=0'],
    ['{"type":"offer"}', 'begin with v=0'],
    ['hello\r\nv=0', 'begin with v=0'],
    ['v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\n', 'has no media'],
    [anOffer({ session: ['a=group:BUNDLE 7'] }), 'bundles a line that is not there'],
    [anOffer({ session: [] }).replace(/a=mid:0\r\n/, ''), 'without a=mid'],
    [anOffer().replace(/a=ice-ufrag.*\r\n/, ''), 'a=ice-ufrag'],
    [anOffer().replace(/a=ice-pwd.*\r\n/, ''), 'a=ice-pwd'],
    [anOffer().replace(/a=fingerprint.*\r\n/, ''), 'a=fingerprint'],
  ])('that is none is refused with what is wrong with it (%#)', (sdp, message) => {
    expect(() => readOffer(sdp)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        fields: [{ path: 'sdp', message: expect.stringContaining(message) }],
      }),
    );
  });
});
