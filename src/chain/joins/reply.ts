import { ServiceError } from '../../errors.ts';
import { isRefused, sectionsOf } from '../../sdp.ts';
import type { Published } from '../../sfu/index.ts';

/** What the frontend is told of its event, as seed 000 has it; `error` by the codes that every door has. */
export type Reply =
  | Readonly<{
      sessionID: string;
      type: 'join-room' | 'publish-track';
      cloudflareResponse: Readonly<{ answer: string; tracks?: Published['tracks'] }>;
    }>
  | Readonly<{ type: 'error'; code: string; message: string }>;

/** @param type whether the wallet comes in, or is in and publishes anew */
export function replyTo(type: 'join-room' | 'publish-track', published: Published): Reply {
  const { session, answer, tracks } = published;
  // Said only when one of them failed: the answer itself has no word for it.
  const told = tracks.some(({ fault }) => fault !== undefined) ? { tracks } : {};
  return { sessionID: session.id, type, cloudflareResponse: { answer, ...told } };
}

export function replyOfFailure(error: unknown): Reply {
  return error instanceof ServiceError
    ? { type: 'error', code: error.code, message: error.message }
    : { type: 'error', code: 'INTERNAL', message: 'Something went wrong on our side.' };
}

/** Mostly one or two are sent; nothing that names more is a wallet's own offer. */
const MAX_NAMES = 64;

/**
 * Which media section of the offer each track of the contract is: in their order those that send. Sections beyond the
 * names are named after their place.
 *
 * @throws SFU_REFUSED when more tracks are named than are sent
 */
export function tracksOf(offer: string, names: readonly string[]): { mid: string; name: string }[] {
  const [, ...media] = sectionsOf(offer);
  const sending = media.filter(
    (section) => !isRefused(section) && !section.attributes.has('recvonly') && section.attributes.has('mid'),
  );
  if (names.length > sending.length || sending.length > MAX_NAMES)
    throw new ServiceError('SFU_REFUSED', 'More tracks are named than the session description sends.');
  const taken = new Set(names);
  return sending.map(({ attributes }, index) => {
    const mid = attributes.get('mid') ?? '';
    let own = `track-${mid}`;
    while (taken.has(own)) own += "'";
    return { mid, name: names[index] ?? own };
  });
}
