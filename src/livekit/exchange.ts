import { isRefused, kindOf, type Section, sectionsOf } from '../sdp.ts';
import { activeTraceparent, inSpan } from '../telemetry/index.ts';
import type { LiveKit } from './api.ts';
import { identityOf } from './identity.ts';
import type { Admitted, Mint } from './mint.ts';
import type { AskedTracks, Whip, WhipSession } from './whip.ts';

/** A track of the room, and whose it is. */
export type WantedTrack = Readonly<{ identity: string; sid: string; name: string; kind: 'audio' | 'video' }>;

/** What a connection is for. It may do no more than that. */
export type Purpose = Readonly<{
  publishes: boolean;
  /** What it is sent: these, and nothing else. */
  receives?: readonly WantedTrack[];
}>;

export type Exchanged = WhipSession &
  Readonly<{
    /** On which media section (`mid`) each track comes, by the track's id; one that is left out is not in it. */
    places: ReadonlyMap<string, string>;
  }>;

export type Exchange = ReturnType<typeof createExchange>;

/**
 * How long LiveKit is given to read an offer before it is told what to send, in milliseconds. Nothing says when it has:
 * mostly within 5, and its own look at whether all is sent comes every 50. An answer that leaves a track out was
 * overtaken; the offer is made once more then, with more time.
 */
const SETTLING: readonly number[] = [30, 150, 600];

/**
 * One offer for one answer at LiveKit (its WHIP), for one device of somebody who was admitted.
 *
 * By itself LiveKit sends a WHIP connection whatever the room has, in an order that is chance. So its token lets it receive
 * nothing, and while LiveKit waits for the wanted tracks it is told to send just these.
 */
export function createExchange(deps: {
  livekit: Pick<LiveKit, 'remove' | 'sendTracks'>;
  mint: Mint;
  whip: Pick<Whip, 'offer'>;
}) {
  const { livekit, mint, whip } = deps;

  async function tokenOf(
    owner: Admitted,
    device: string | undefined,
    publishes: boolean,
    attributes?: Readonly<Record<string, string>>,
  ): Promise<string> {
    const may = { publish: publishes, subscribe: false };
    const minting = () =>
      mint(owner, activeTraceparent(), { device, may, ...(attributes ? { attributes } : {}) });
    return (await inSpan('mint', {}, minting)).token;
  }

  /** Has LiveKit take an offer, and tells it what to send while it waits for that. */
  async function take(
    owner: Admitted,
    identity: string,
    asked: Readonly<{ token: string; sdp: string }>,
    { publishes, receives = [] }: Purpose,
    settle: number,
  ): Promise<WhipSession> {
    if (receives.length === 0) return whip.offer(asked);
    const over = new AbortController();
    const { signal } = over;
    const to = { identity, role: owner.participant.role, publishes };
    const sids = receives.map(({ sid }) => sid);
    try {
      const [opened] = await Promise.all([
        whip.offer({ ...asked, subscribe: byName(receives), signal }),
        livekit.sendTracks(owner.room, to, sids, { settle, signal }),
      ]);
      return opened;
    } finally {
      over.abort();
    }
  }

  /** As `take`, again while the answer leaves out what it has a place for. */
  async function takeWhole(
    owner: Admitted,
    identity: string,
    asked: Readonly<{ token: string; sdp: string }>,
    purpose: Purpose,
    [settle = 0, ...longer] = SETTLING,
  ): Promise<Exchanged> {
    const opened = await take(owner, identity, asked, purpose, settle);
    const [, ...answered] = sectionsOf(opened.sdp);
    const places = placesIn(answered);
    const isOvertaken = purpose.receives?.some(
      ({ sid, kind }) => !places.has(sid) && answered.some((one) => kindOf(one) === kind && isFree(one)),
    );
    if (!isOvertaken || longer.length === 0) return { ...opened, places };
    await livekit.remove(owner.room.id, identity);
    return takeWhole(owner, identity, asked, purpose, longer);
  }

  /**
   * @param asked.replaces whether the device may be in the room already: what is said of the new connection must not reach
   * the former
   * @throws INVALID_REQUEST for what is no offer, PAYLOAD_TOO_LARGE, LIVEKIT_UNAVAILABLE; nobody is left in the room then
   */
  return async function exchange(
    owner: Admitted,
    asked: Readonly<{
      device: string | undefined;
      sdp: string;
      purpose: Purpose;
      replaces?: boolean;
      attributes?: Readonly<Record<string, string>>;
    }>,
  ): Promise<Exchanged> {
    const { device, sdp, purpose, replaces = false, attributes } = asked;
    const identity = identityOf(owner.participant.userId, device);
    if (replaces) await livekit.remove(owner.room.id, identity);
    const token = await tokenOf(owner, device, purpose.publishes, attributes);
    try {
      return await inSpan('whip', {}, () => takeWhole(owner, identity, { token, sdp }, purpose));
    } catch (error) {
      // It may be in the room although it never got its answer. A failure of this is logged there.
      livekit.remove(owner.room.id, identity).catch(() => {});
      throw error;
    }
  };
}

/** As LiveKit is asked to wait for them: by names. */
const byName = (tracks: readonly WantedTrack[]): AskedTracks[] =>
  [...Map.groupBy(tracks, ({ identity }) => identity)].map(([identity, some]) => ({
    identity,
    tracks: [...new Set(some.map(({ name }) => name))],
  }));

/** LiveKit names the track on the line that carries it, by its id. */
const trackOn = ({ attributes }: Section): string | undefined => attributes.get('msid')?.split(' ')[1];

function placesIn(answered: readonly Section[]): Map<string, string> {
  const places = new Map<string, string>();
  for (const section of answered) {
    const [sid, mid] = [trackOn(section), section.attributes.get('mid')];
    if (sid !== undefined && mid !== undefined && !isRefused(section)) places.set(sid, mid);
  }
  return places;
}

/** Whether it would send, and sends nothing. */
const isFree = (section: Section): boolean =>
  !isRefused(section) && !section.attributes.has('recvonly') && trackOn(section) === undefined;
