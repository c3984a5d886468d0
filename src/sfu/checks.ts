import { sectionsOf } from '../sdp.ts';
import { type PublishRequest, type PullRequest, sfuRefused } from './sessions.ts';

/** Cloudflare's limit; the other adapter keeps to it so that callers need not know which one they have. */
const MOST_TRACKS = 64;
/** Far beyond what a device offers with 64 tracks. Characters. */
const LONGEST_SDP = 256 * 1_024;

/** What no SFU takes is refused before one is asked. @throws SFU_REFUSED */
export function checkPublish({ offer, tracks }: PublishRequest): void {
  const [, ...media] = sectionsOf(checkedSdp(offer));
  const offered = new Set(media.map(({ attributes }) => attributes.get('mid')));
  checkCount(tracks);
  if (repeats(tracks.map(({ name }) => name))) throw sfuRefused('Two tracks have the same name.');
  if (repeats(tracks.map(({ mid }) => mid))) throw sfuRefused('Two tracks have the same media section.');
  if (!tracks.every(({ mid }) => offered.has(mid)))
    throw sfuRefused('A track names a media section that the offer does not have.');
}

/** @throws SFU_REFUSED */
export function checkPull({ tracks, offer }: PullRequest): void {
  checkCount(tracks);
  if (repeats(tracks.map(({ from, name }) => JSON.stringify([from, name]))))
    throw sfuRefused('A track is asked for twice.');
  if (offer !== undefined) checkedSdp(offer);
}

/** @throws SFU_REFUSED for a text that is no session description */
export function checkedSdp(sdp: string): string {
  if (sdp.length > LONGEST_SDP || !isSessionDescription(sdp))
    throw sfuRefused('This is not a session description.');
  return sdp;
}

/** Whether it is complete enough for an SFU to make a connection of, whatever it then thinks of its codecs. */
function isSessionDescription(sdp: string): boolean {
  return (
    /^v=0\r?\n/.test(sdp) &&
    /^m=(audio|video) /m.test(sdp) &&
    ['ice-ufrag', 'ice-pwd', 'fingerprint'].every((name) => sdp.includes(`\na=${name}:`))
  );
}

function checkCount(tracks: readonly Readonly<{ name: string }>[]): void {
  if (tracks.length === 0) throw sfuRefused('No track is named.');
  if (tracks.length > MOST_TRACKS) throw sfuRefused(`At most ${MOST_TRACKS} tracks at once.`);
  if (tracks.some(({ name }) => name === '')) throw sfuRefused('A track has no name.');
}

const repeats = (values: readonly string[]): boolean => new Set(values).size < values.length;
