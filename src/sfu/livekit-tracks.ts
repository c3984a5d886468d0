import type { AskedTracks, Present } from '../livekit/index.ts';
import { sectionsOf } from './sdp.ts';
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

/** The same as LiveKit is asked for them: by its own names. */
export function asLiveKitNames(found: readonly Found[]): AskedTracks[] {
  const named = found.flatMap(({ asked, track }) =>
    track ? [{ identity: asked.from, name: track.name }] : [],
  );
  return [...Map.groupBy(named, ({ identity }) => identity)].map(([identity, some]) => ({
    identity,
    tracks: [...new Set(some.map(({ name }) => name))],
  }));
}

/**
 * On which media section each track comes. LiveKit fills the sections with whatever the room has, in its own order, so
 * one that was asked for may have found none left.
 */
export function placesIn(answer: string, found: readonly Found[]): (TrackResult & RemoteTrack)[] {
  const midOf = new Map(
    sectionsOf(answer)
      .filter(({ refused }) => !refused)
      .map(({ mid, attributes }) => [attributes.get('msid')?.split(' ')[1], mid]),
  );
  return found.map(({ asked, track }) => {
    if (!track) return { ...asked, fault: 'NOT_FOUND' };
    const mid = midOf.get(track.sid);
    return mid === undefined ? { ...asked, fault: 'NO_PLACE' } : { ...asked, mid };
  });
}

/** Which of the offered tracks the answer takes: none of those whose codecs LiveKit does not have. */
export function takenBy(answer: string, tracks: PublishRequest['tracks']): TrackResult[] {
  const taken = new Set(sectionsOf(answer).flatMap(({ mid, refused }) => (refused ? [] : [mid])));
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
