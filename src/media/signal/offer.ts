import { ServiceError } from '../../errors.ts';
import { kindOf, sectionsOf } from '../../sdp.ts';

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

/**
 * Reads an SDP offer, strictly enough that what is no offer, or one that LiveKit could only fail on, is refused here
 * with what is wrong with it.
 *
 * @throws INVALID_REQUEST
 */
export function readOffer(sdp: string): Offer {
  if (!/^v=0\r?\n/.test(sdp)) throw notAnOffer('is no SDP: it does not begin with v=0');
  const [session, ...media] = sectionsOf(sdp);
  const [first] = media;
  if (!first) throw notAnOffer('has no media');
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
      (section) =>
        kindOf(section) === kind &&
        !section.attributes.has('sendonly') &&
        !section.attributes.has('inactive'),
    ).length;
  return {
    fingerprint: need('fingerprint'),
    origin: /^o=.*$/m.exec(sdp)?.[0].trimEnd() ?? '',
    ice: { ufrag: need('ice-ufrag'), pwd: need('ice-pwd'), mid, media: leading.media },
    receiving: { audio: count('audio'), video: count('video') },
  };
}

const notAnOffer = (message: string) =>
  new ServiceError('INVALID_REQUEST', `This offer ${message}.`, { fields: [{ path: 'sdp', message }] });
