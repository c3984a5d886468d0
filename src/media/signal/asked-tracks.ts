import { type FieldError, ServiceError } from '../../errors.ts';
import type { AskedTracks, Published, WantedTrack } from '../../livekit/index.ts';
import type { Offer } from './offer.ts';

/** On which of its lines a peer gets a track. */
export type ReceivedTrack = Readonly<{ mid: string; identity: string; name: string }>;

/**
 * The tracks that are asked for, among those that the room has. A track is asked for by its id, its name, or its
 * source (`camera`, `microphone`), whichever fits first.
 *
 * @throws NO_SUCH_TRACK naming each that is not there; INVALID_REQUEST when the offer has too few lines for them
 */
export function findTracks(
  asked: readonly AskedTracks[],
  present: readonly Published[],
  { receiving }: Pick<Offer, 'receiving'>,
): WantedTrack[] {
  const missing: FieldError[] = [];
  const found = new Map<string, WantedTrack>();
  for (const [index, { identity, tracks }] of asked.entries()) {
    const published = present.find((one) => one.identity === identity)?.tracks ?? [];
    for (const [place, wanted] of tracks.entries()) {
      const track =
        published.find(({ sid, name }) => sid === wanted || name === wanted) ??
        published.find(({ source }) => source === wanted);
      if (track) found.set(track.sid, { identity, sid: track.sid, name: track.name, kind: track.kind });
      else
        missing.push({
          path: `subscribe.${index}.tracks.${place}`,
          message: `${identity} has no track ${wanted}`,
        });
    }
  }
  if (missing.length > 0) {
    const names = missing.map(({ message }) => message).join('; ');
    throw new ServiceError('NO_SUCH_TRACK', `Not in this room: ${names}.`, { fields: missing });
  }
  const tracks = [...found.values()];
  for (const kind of ['audio', 'video'] as const) {
    const needed = tracks.filter((track) => track.kind === kind).length;
    if (needed > receiving[kind]) throw tooFewLines(kind, needed, receiving[kind]);
  }
  return tracks;
}

/**
 * On which line each track comes. One whose codec no line of the offer takes is on none.
 *
 * @throws INVALID_REQUEST
 */
export function placed(asked: readonly WantedTrack[], places: ReadonlyMap<string, string>): ReceivedTrack[] {
  return asked.map(({ sid, kind, identity, name }) => {
    const mid = places.get(sid);
    if (mid !== undefined) return { mid, identity, name };
    const message = `has no ${kind} line that takes ${name || sid} of ${identity}`;
    throw new ServiceError('INVALID_REQUEST', `This offer ${message}.`, {
      fields: [{ path: 'sdp', message }],
    });
  });
}

function tooFewLines(kind: WantedTrack['kind'], needed: number, offered: number): ServiceError {
  const message = `would receive ${offered} ${kind} track(s), and ${needed} are asked for`;
  return new ServiceError('INVALID_REQUEST', `This offer ${message}.`, {
    fields: [{ path: 'sdp', message }],
  });
}
