import { type FieldError, ServiceError } from '../../errors.ts';
import type { AskedTracks, Published } from '../../livekit/index.ts';
import { type Kind, type Offer, sections } from './offer.ts';

/** A track of the room, and whose it is. */
export type RoomTrack = Readonly<{ identity: string; sid: string; name: string; kind: Kind }>;
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
): RoomTrack[] {
  const missing: FieldError[] = [];
  const found = new Map<string, RoomTrack>();
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

/** As LiveKit is asked: by names. */
export function byName(tracks: readonly RoomTrack[]): AskedTracks[] {
  return [...Map.groupBy(tracks, ({ identity }) => identity)].map(([identity, some]) => ({
    identity,
    tracks: [...new Set(some.map(({ name }) => name))],
  }));
}

/** What the lines of LiveKit's answer carry: each names the participant's id and the track's. */
export function tracksIn(answer: string, present: readonly Published[]): (ReceivedTrack & { sid: string })[] {
  const known = new Map(
    present.flatMap(({ identity, tracks }) => tracks.map(({ sid, name }) => [sid, { identity, name }])),
  );
  return sections(answer.split(/\r?\n/)).flatMap(({ attributes }) => {
    const sid = attributes.get('msid')?.split(' ')[1] ?? '';
    const track = known.get(sid);
    const mid = attributes.get('mid');
    return track && mid !== undefined ? [{ mid, sid, ...track }] : [];
  });
}

/** A track whose codec no line of the offer takes is on none. @throws INVALID_REQUEST */
export function refuseLeftOut(asked: readonly RoomTrack[], received: readonly { sid: string }[]): void {
  const left = asked.find(({ sid }) => !received.some((one) => one.sid === sid));
  if (!left) return;
  const message = `has no ${left.kind} line that takes ${left.name || left.sid} of ${left.identity}`;
  throw new ServiceError('INVALID_REQUEST', `This offer ${message}.`, { fields: [{ path: 'sdp', message }] });
}

function tooFewLines(kind: Kind, needed: number, offered: number): ServiceError {
  const message = `would receive ${offered} ${kind} track(s), and ${needed} are asked for`;
  return new ServiceError('INVALID_REQUEST', `This offer ${message}.`, {
    fields: [{ path: 'sdp', message }],
  });
}
