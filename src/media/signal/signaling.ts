import { ServiceError } from '../../errors.ts';
import {
  type AskedTracks,
  type Exchange,
  identityOf,
  type LiveKit,
  type Mint,
  type Whip,
} from '../../livekit/index.ts';
import type { Rooms, SeatedIn, User } from '../../rooms/index.ts';
import { activeTraceparent, inSpan, type Logger } from '../../telemetry/index.ts';
import { findTracks, placed, type ReceivedTrack } from './asked-tracks.ts';
import { type Candidate, credentialsIn, fragmentOf, inMedia } from './candidates.ts';
import { type Offer, readOffer } from './offer.ts';
import type { Peer, Session, Sessions } from './sessions.ts';

/** Peers of one user in one room. LiveKit's net (livekit/mint.ts) holds two for each seat of a large room. */
const MAX_PEERS = 8;

/** What follows an offer needs a token of the same identity, and no right. */
const NOTHING = { publish: false, subscribe: false };

/** `tracks`: what is received, on which line. */
export type Opened = Readonly<{ session: Session; sdp: string; tracks: readonly ReceivedTrack[] }>;

export type Signaling = ReturnType<typeof createSignaling>;

/**
 * Peers with nothing but `RTCPeerConnection`, in LiveKit rooms (spec/3-media.md, "SDP over HTTP"): admitted like
 * everybody, further devices of the participant that they are of.
 */
export function createSignaling(deps: {
  rooms: Pick<Rooms, 'joinKeyless' | 'seat'>;
  livekit: Pick<LiveKit, 'published' | 'remove'>;
  exchange: Exchange;
  mint: Mint;
  whip: Pick<Whip, 'trickle' | 'restart' | 'leave'>;
  sessions: Sessions;
  newId: () => string;
  logger: Pick<Logger, 'info'>;
}) {
  const { rooms, livekit, exchange, mint, whip, sessions, logger } = deps;

  /** LiveKit's token of one of the user's peers, for what follows its offer. */
  const tokenOf = async (seated: SeatedIn, peerId: string): Promise<string> =>
    (await inSpan('mint', {}, () => mint(seated, activeTraceparent(), { device: peerId, may: NOTHING })))
      .token;

  const admit = (roomId: string, user: User): Promise<SeatedIn> =>
    inSpan('admit', { 'room.id': roomId }, () => rooms.joinKeyless(roomId, user));

  async function refuseMore(peer: Peer, offer: Offer): Promise<void> {
    const [former, others] = await Promise.all([sessions.ofPeer(peer), sessions.countOthers(peer)]);
    if (former?.fingerprint === offer.fingerprint && former.origin !== offer.origin)
      throw new ServiceError(
        'CANNOT_RENEGOTIATE',
        'A connection is negotiated once. Open a new RTCPeerConnection and offer that; it takes the place of this one.',
      );
    if (others >= MAX_PEERS)
      throw new ServiceError('TOO_MANY_PEERS', `At most ${MAX_PEERS} connections of yours fit in a room.`);
  }

  /** What this peer has in LiveKit: its caller was refused. Failing is logged there. */
  const removeLate = ({ roomId, userId, peerId }: Peer): void =>
    void livekit.remove(roomId, identityOf(userId, peerId)).catch(() => {});

  async function negotiate(
    seated: SeatedIn,
    peer: Peer,
    { sdp, ...offer }: Offer & { sdp: string },
    subscribe: readonly AskedTracks[],
  ): Promise<Opened> {
    await refuseMore(peer, offer);
    const present = subscribe.length > 0 ? await livekit.published(peer.roomId) : [];
    const asked = findTracks(subscribe, present, offer);
    const identity = identityOf(peer.userId, peer.peerId);
    const exchanged = await exchange(seated, {
      device: peer.peerId,
      sdp,
      purpose: { publishes: true, receives: asked },
      replaces: present.some((one) => one.identity === identity),
    });
    const { sdp: answer, places, ...opened } = exchanged;
    try {
      const tracks = placed(asked, places);
      const { ice, fingerprint, origin } = offer;
      const session = { ...peer, ...opened, id: deps.newId(), ice, fingerprint, origin };
      await sessions.put(session);
      return { session, sdp: answer, tracks };
    } catch (error) {
      removeLate(peer);
      throw error;
    }
  }

  /** Those of others are as little there as those that never were. */
  function theirs(session: Session | null): Session {
    if (session === null)
      throw new ServiceError('NO_SUCH_SESSION', 'There is no such session, or it has ended.');
    return session;
  }

  /** What LiveKit no longer knows we forget. */
  const asking = <T>(session: Session, work: Promise<T>): Promise<T> =>
    work.catch(async (error: unknown) => {
      if (error instanceof ServiceError && error.code === 'NO_SUCH_SESSION')
        await sessions.remove(session.id);
      throw error;
    });

  return {
    /**
     * Admits the user, and opens a session for one of their peers in place of its former one.
     *
     * @throws what admission refuses with; INVALID_REQUEST, SDP_IMPOSSIBLE_E2EE, CANNOT_RENEGOTIATE, TOO_MANY_PEERS,
     * NO_SUCH_TRACK, LIVEKIT_UNAVAILABLE
     */
    async open(
      user: User,
      asked: Readonly<{ roomId: string; peerId: string; sdp: string; subscribe?: readonly AskedTracks[] }>,
    ): Promise<Opened> {
      const { roomId, peerId, sdp, subscribe = [] } = asked;
      // What is no offer takes no seat.
      const offer = { ...readOffer(sdp), sdp };
      const seated = await admit(roomId, user);
      const opened = await negotiate(seated, { roomId, userId: user.id, peerId }, offer, subscribe);
      logger.info('peer.opened', { roomId, userId: user.id, peerId, sessionId: opened.session.id });
      return opened;
    },

    /** @throws NO_SUCH_SESSION, INVALID_REQUEST, LIVEKIT_UNAVAILABLE, or what admission refuses with */
    async addCandidate(peer: Peer, candidate: Candidate): Promise<void> {
      const seated = await rooms.seat(peer.roomId, peer.userId);
      const session = theirs(await sessions.ofPeer(peer));
      const fragment = fragmentOf(candidate, session.ice);
      if (fragment === null) return;
      const token = await tokenOf(seated, session.peerId);
      await asking(session, whip.trickle({ ...session, token, fragment }));
    },

    /**
     * Adds the candidates of a fragment to the ICE session that `ifMatch` names; with `*` it restarts ICE.
     *
     * @returns what LiveKit answers a restart with; null otherwise
     * @throws as `addCandidate`; ETAG_MISSING, ETAG_MISMATCH
     */
    async patch(
      user: User,
      { id, roomId }: Readonly<{ id: string; roomId: string }>,
      { ifMatch, fragment }: Readonly<{ ifMatch: string | undefined; fragment: string }>,
    ): Promise<Readonly<{ fragment: string; etag: string }> | null> {
      const seated = await rooms.seat(roomId, user.id);
      const session = theirs(inRoom(await sessions.ofUser(id, user.id), roomId));
      if (ifMatch === undefined)
        throw new ServiceError('ETAG_MISSING', 'Say in If-Match which ICE session this is for.');
      const restarts = ifMatch === '*';
      if (!restarts && unquoted(ifMatch) !== session.etag)
        throw new ServiceError('ETAG_MISMATCH', 'This session has another ICE session by now.');
      const token = await tokenOf(seated, session.peerId);
      if (!restarts) {
        await asking(session, whip.trickle({ ...session, token, fragment }));
        return null;
      }
      const ice = { ...session.ice, ...credentialsIn(fragment) };
      const restarted = await asking(
        session,
        whip.restart({ ...session, token, fragment: inMedia(fragment, ice) }),
      );
      await sessions.setIce(session.id, restarted.etag, ice);
      return restarted;
    },

    /** Ends a session. @throws NO_SUCH_SESSION, LIVEKIT_UNAVAILABLE */
    async leave(user: User, id: string, roomId?: string): Promise<void> {
      const session = theirs(inRoom(await sessions.ofUser(id, user.id), roomId));
      // Whom admission refuses by now LiveKit was told to remove.
      const seated = await rooms.seat(session.roomId, user.id).catch((error: unknown) => {
        if (error instanceof ServiceError && error.code !== 'STORE_UNAVAILABLE') return null;
        throw error;
      });
      if (seated) await whip.leave({ ...session, token: await tokenOf(seated, session.peerId) });
      await sessions.remove(session.id);
      logger.info('peer.left', {
        roomId: session.roomId,
        userId: user.id,
        peerId: session.peerId,
        sessionId: id,
      });
    },
  };
}

const inRoom = (session: Session | null, roomId: string | undefined): Session | null =>
  roomId === undefined || session?.roomId === roomId ? session : null;

/** An entity tag is quoted (RFC 9110, 8.8.3); not every WHIP client does it. */
const unquoted = (tag: string): string => /^"(.*)"$/.exec(tag)?.[1] ?? tag;
