import type { Present, WantedTrack } from '../livekit/index.ts';
import { isRefused, sectionsOf } from '../sdp.ts';
import type { PublishRequest, RemoteTrack, TrackResult } from './sessions.ts';

/**
 * By WHIP LiveKit names tracks itself (`synthesized-camera`). The names that we were given travel in the token as this
 * attribute of the participant, by media section, so that LiveKit holds them and any instance finds them there.
 */
const NAMES = 'sfu.tracks';

export type PresentTrack = Present['tracks'][number];
export type Found = Readonly<{ asked: RemoteTrack; track: PresentTrack | undefined }>;

export const namesAttribute = (tracks: PublishRequest['tracks']): Record<string, string> => ({
  [NAMES]: JSON.stringify(Object.fromEntries(tracks.map(({ mid, name }) => [mid, name]))),
});

/** What a track of somebody's is called here; as LiveKit does when we named none. */
export function nameOf({ attributes }: Present, { mid, name, source }: PresentTrack): string {
  return namesIn(attributes[NAMES])[mid] ?? (name === '' ? source : name);
}

/** The asked tracks among those that are there, by their name, or by what they are (`camera`) when nothing is named so. */
export function findTracks(asked: readonly RemoteTrack[], present: readonly Present[]): Found[] {
  return asked.map((one) => {
    const publisher = present.find(({ identity }) => identity === one.from);
    const track =
      publisher?.tracks.find((candidate) => nameOf(publisher, candidate) === one.name) ??
      publisher?.tracks.find(({ source }) => source === one.name);
    return { asked: one, track };
  });
}

/** Those that are there, each once. */
export function wanted(found: readonly Found[]): WantedTrack[] {
  const tracks = found.flatMap(({ asked: { from }, track }) =>
    track ? [{ identity: from, sid: track.sid, name: track.name, kind: track.kind }] : [],
  );
  return [...new Map(tracks.map((track) => [track.sid, track])).values()];
}

/** On which media section each track comes. */
export function placed(
  found: readonly Found[],
  places: ReadonlyMap<string, string>,
): (TrackResult & RemoteTrack)[] {
  return found.map(({ asked, track }) => {
    if (!track) return { ...asked, fault: 'NOT_FOUND' };
    const mid = places.get(track.sid);
    return mid === undefined ? { ...asked, fault: 'NO_PLACE' } : { ...asked, mid };
  });
}

/** Which of the offered tracks the answer takes: none of those whose codecs LiveKit does not have. */
export function takenBy(answer: string, tracks: PublishRequest['tracks']): TrackResult[] {
  const [, ...media] = sectionsOf(answer);
  const taken = new Set(
    media.filter((section) => !isRefused(section)).map(({ attributes }) => attributes.get('mid')),
  );
  return tracks.map(({ mid, name }) => (taken.has(mid) ? { name, mid } : { name, mid, fault: 'FAILED' }));
}

/** The attribute is ours, but a client's own token may have carried another text by that name. */
function namesIn(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  try {
    const names: unknown = JSON.parse(text);
    return typeof names === 'object' && names !== null
      ? Object.fromEntries(Object.entries(names).filter(([, name]) => typeof name === 'string'))
      : {};
  } catch {
    return {};
  }
}
