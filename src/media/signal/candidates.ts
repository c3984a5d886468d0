import { ServiceError } from '../../errors.ts';
import { sectionsOf } from '../../sdp.ts';
import type { IceOfOffer } from './offer.ts';

/** As `RTCIceCandidate.toJSON()` has it. */
export type Candidate = Readonly<{ candidate: string; usernameFragment?: string | null | undefined }>;

/** RFC 8839, 5.1. No line break: it goes into a text whose lines are commands. */
const CANDIDATE =
  /^candidate:[\w+/]{1,32} \d{1,5} (udp|tcp) \d{1,10} \S{1,255} \d{1,5} typ (host|srflx|prflx|relay)( [\x20-\x7e]*)?$/i;

/**
 * One candidate as WHIP carries it (RFC 9725, 4.3.1). Null for the end of candidates, which LiveKit does not ask for.
 *
 * @throws INVALID_REQUEST
 */
export function fragmentOf({ candidate, usernameFragment }: Candidate, ice: IceOfOffer): string | null {
  if (candidate === '') return null;
  if (!CANDIDATE.test(candidate)) throw misfit('is no ICE candidate');
  if (usernameFragment && usernameFragment !== ice.ufrag) throw misfit('is of another ICE session');
  return [
    `a=ice-ufrag:${ice.ufrag}`,
    `a=ice-pwd:${ice.pwd}`,
    `m=${ice.media}`,
    `a=mid:${ice.mid}`,
    `a=${candidate}`,
    '',
  ].join('\r\n');
}

/** With the credentials under the media line: for a restart LiveKit looks for them only where its offer had them. */
export function inMedia(fragment: string, { ufrag, pwd }: Pick<IceOfOffer, 'ufrag' | 'pwd'>): string {
  const lines = fragment.split(/\r?\n/).filter((line) => !/^a=ice-(ufrag|pwd):/.test(line));
  const place = lines.findIndex((line) => line.startsWith('m='));
  return lines.toSpliced(place + 1, 0, `a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`).join('\r\n');
}

/**
 * The credentials that a fragment brings, by which later candidates are known to be of the restarted ICE session.
 *
 * @throws INVALID_REQUEST
 */
export function credentialsIn(fragment: string): Readonly<{ ufrag: string; pwd: string }> {
  const parts = sectionsOf(fragment);
  const find = (name: string): string | undefined =>
    parts.map(({ attributes }) => attributes.get(name)).find((value) => value !== undefined);
  const [ufrag, pwd] = [find('ice-ufrag'), find('ice-pwd')];
  if (ufrag === undefined || pwd === undefined) throw misfit('brings no ICE credentials');
  return { ufrag, pwd };
}

const misfit = (message: string) =>
  new ServiceError('INVALID_REQUEST', `This candidate ${message}.`, {
    fields: [{ path: 'candidate', message }],
  });
