import { ServiceError } from '../../errors.ts';

/** What we must know of an offer; the rest is LiveKit's. */
export type Offer = Readonly<{
  /** Of its connection, which keeps it for its life: two offers with the same are of one connection. */
  fingerprint: string;
  /** `o=`: the same for an offer that is sent twice, another for each new one. */
  origin: string;
  ice: IceOfOffer;
  /** How many lines would take a track of each kind. */
  receiving: Readonly<Record<Kind, number>>;
}>;

/** What candidates refer to: all of a bundle travel under its first line. */
export type IceOfOffer = Readonly<{ ufrag: string; pwd: string; mid: string; media: string }>;
export type Kind = 'audio' | 'video';

type Section = { media: string; attributes: Map<string, string> };

/**
 * Reads an SDP offer, strictly enough that what is no offer, or one that LiveKit could only fail on, is refused here
 * with what is wrong with it.
 *
 * @throws INVALID_REQUEST
 */
export function readOffer(sdp: string): Offer {
  const lines = sdp.split(/\r?\n/);
  if (lines[0] !== 'v=0') throw notAnOffer('is no SDP: it does not begin with v=0');
  const [session, ...media] = sections(lines);
  const [first] = media;
  if (!session || !first) throw notAnOffer('has no media');
  const bundled = session.attributes.get('group')?.split(' ');
  const mid = bundled?.[0] === 'BUNDLE' ? bundled[1] : first.attributes.get('mid');
  if (mid === undefined) throw notAnOffer('has a media line without a=mid');
  const leading = media.find(({ attributes }) => attributes.get('mid') === mid);
  if (!leading) throw notAnOffer('bundles a line that is not there');

  const need = (name: string): string => {
    const value = leading.attributes.get(name) ?? session.attributes.get(name);
    if (value === undefined || value === '') throw notAnOffer(`has no a=${name}`);
    return value;
  };
  const count = (kind: Kind): number =>
    media.filter(
      ({ media: line, attributes }) =>
        line.startsWith(`${kind} `) && !attributes.has('sendonly') && !attributes.has('inactive'),
    ).length;
  return {
    fingerprint: need('fingerprint'),
    origin: lines.find((line) => line.startsWith('o=')) ?? '',
    ice: { ufrag: need('ice-ufrag'), pwd: need('ice-pwd'), mid, media: leading.media },
    receiving: { audio: count('audio'), video: count('video') },
  };
}

/** The session's part and each media line's, with the attributes of each; of several by one name the first. */
export function sections(lines: readonly string[]): Section[] {
  const found: Section[] = [{ media: '', attributes: new Map() }];
  for (const line of lines) {
    if (line.startsWith('m=')) found.push({ media: line.slice(2), attributes: new Map() });
    const [, name = '', value = ''] = /^a=([\w-]+):?(.*)$/.exec(line) ?? [];
    const { attributes } = found.at(-1) as Section;
    if (name !== '' && !attributes.has(name)) attributes.set(name, value);
  }
  return found;
}

const notAnOffer = (message: string) =>
  new ServiceError('INVALID_REQUEST', `This offer ${message}.`, { fields: [{ path: 'sdp', message }] });
