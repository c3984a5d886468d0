type Line = Readonly<{ kind: 'audio' | 'video'; direction?: 'sendonly' | 'recvonly' }>;

/** An offer as a browser would make it, as far as anything but a media server reads it; the mids count from 0. */
export function anOffer(...lines: readonly Line[]): string {
  return description(
    lines.flatMap(({ kind, direction = 'sendonly' }, index) => [
      `m=${kind} 9 UDP/TLS/RTP/SAVPF 96`,
      'c=IN IP4 0.0.0.0',
      'a=ice-ufrag:abcd',
      'a=ice-pwd:0123456789012345678901',
      `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => '00').join(':')}`,
      'a=setup:actpass',
      `a=mid:${index}`,
      `a=${direction}`,
      'a=rtcp-mux',
      kind === 'audio' ? 'a=rtpmap:96 opus/48000/2' : 'a=rtpmap:96 VP8/90000',
    ]),
  );
}

export const audio: Line = { kind: 'audio' };
export const video: Line = { kind: 'video' };

const description = (lines: readonly string[]): string =>
  ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', ...lines, ''].join('\r\n');
