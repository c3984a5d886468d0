import type { SfuSessions } from '../../src/sfu/index.ts';

type PublishRequest = Parameters<SfuSessions['publishTracks']>[1];

/** On the sections of a device's offer (device.ts). */
export const TRACKS = [
  { mid: '0', name: 'my voice' },
  { mid: '1', name: 'my face' },
];

/** What no SFU publishes, made of an offer that is right. */
export const REFUSED: [string, (offer: string) => PublishRequest][] = [
  ['no tracks', (offer) => ({ offer, tracks: [] })],
  ['a name twice', (offer) => ({ offer, tracks: TRACKS.map((track) => ({ ...track, name: 'a' })) })],
  ['a section twice', (offer) => ({ offer, tracks: TRACKS.map((track) => ({ ...track, mid: '0' })) })],
  ['a section that the offer has not', (offer) => ({ offer, tracks: [{ mid: '7', name: 'a' }] })],
  ['no name', (offer) => ({ offer, tracks: [{ mid: '0', name: '' }] })],
  [
    'more tracks than an SFU takes at once',
    (offer) => ({
      offer,
      tracks: Array.from({ length: 65 }, (_, at) => ({ mid: `${at}`, name: `${at}` })),
    }),
  ],
  ['a text that is no description', () => ({ offer: 'v=0\r\nnonsense', tracks: TRACKS })],
  ['nothing', () => ({ offer: '', tracks: TRACKS })],
  [
    'a description that an SFU cannot read',
    (offer) => ({ offer: offer.replace(/^o=.*$/m, 'o=nonsense'), tracks: TRACKS }),
  ],
];
