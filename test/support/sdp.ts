/** SDP for tests without a browser. */

type Direction = 'sendonly' | 'recvonly' | 'sendrecv' | 'inactive';

/** As much of a media line as the service looks at; no media server takes it. */
export const aMediaLine = (kind: string, mid: string, direction: Direction = 'sendrecv'): string =>
  [
    `m=${kind} 9 UDP/TLS/RTP/SAVPF 111`,
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:ufrag',
    'a=ice-pwd:password',
    'a=fingerprint:sha-256 AA:BB',
    'a=setup:actpass',
    `a=mid:${mid}`,
    `a=${direction}`,
  ].join('\r\n');

export function anOffer(more: { media?: string[]; session?: string[]; origin?: string } = {}): string {
  const { media = [aMediaLine('audio', '0')], session = ['a=group:BUNDLE 0'] } = more;
  const origin = more.origin ?? 'o=- 1 2 IN IP4 127.0.0.1';
  return `${['v=0', origin, 's=-', 't=0 0', ...session, ...media].join('\r\n')}\r\n`;
}

/** An answer whose lines carry tracks of these ids; a line without has null. */
export const anAnswer = (trackIds: readonly (string | null)[]): string =>
  anOffer({
    media: trackIds.map((id, index) =>
      [aMediaLine('video', String(index)), ...(id === null ? [] : [`a=msid:PA_x ${id}`])].join('\r\n'),
    ),
  });

/** An offer to send sound that a media server takes, though nobody is behind it. */
export function anOfferToSend(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(32))].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return `${[
    'v=0',
    `o=- ${Date.now()} 2 IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 0.0.0.0',
    'a=rtcp-mux',
    'a=ice-ufrag:nobody',
    'a=ice-pwd:nobody-is-behind-this-offer',
    `a=fingerprint:sha-256 ${hex.join(':').toUpperCase()}`,
    'a=setup:actpass',
    'a=mid:0',
    'a=sendonly',
    'a=msid:stream track',
    'a=rtpmap:111 opus/48000/2',
  ].join('\r\n')}\r\n`;
}
