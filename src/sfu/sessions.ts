import { ServiceError } from '../errors.ts';
import type { Participant, Room } from '../rooms/index.ts';

/**
 * Sessions at an SFU, whichever it is (spec/3-media.md, "SfuSessions"): the port that doors use which are handed offers
 * instead of speaking to LiveKit themselves. Who is let in is decided before, by the door.
 */
export interface SfuSessions {
  readonly can: Capabilities;

  /** A session for one device of somebody who was admitted. Nobody is connected by it yet; unused, it lapses. */
  createSession(owner: SessionOwner): Promise<SfuSession>;

  /**
   * Publishes what the device offers, under the given names.
   *
   * @throws SFU_REFUSED for an offer or tracks that no SFU takes
   */
  publishTracks(session: SfuSession, request: PublishRequest): Promise<Published>;

  /**
   * Lets the device have tracks of others in its room. A track that is not there fails alone, in the result.
   *
   * @throws SFU_REFUSED without an offer, where the SFU does not renegotiate
   */
  pullTracks(session: SfuSession, request: PullRequest): Promise<Pulled>;

  /**
   * Hands on the device's answer to what the SFU offered.
   *
   * @throws CANNOT_RENEGOTIATE where the SFU does not renegotiate
   */
  renegotiate(session: SfuSession, answer: string): Promise<void>;

  /**
   * Takes tracks away, published or pulled; what is gone already counts as taken.
   *
   * @param mids `'all'` ends the session
   * @throws CANNOT_RENEGOTIATE for some of them, where the SFU does not renegotiate
   */
  closeTracks(session: SfuSession, mids: readonly string[] | 'all'): Promise<void>;

  /** What the SFU itself has of this session. */
  getSessionState(session: SfuSession): Promise<SessionState>;
}

/*
 * Every call may throw, besides what it says:
 *   NO_SUCH_SESSION  the session is over, lapsed, or another SFU's: make a new one
 *   SFU_BUSY          the SFU takes no more at the moment; `retryAfter` says when
 *   SFU_UNAVAILABLE   it is away. What was asked may have been done: look at the state, or make a new session
 */

/** What not every SFU can. */
export type Capabilities = Readonly<{
  /**
   * Whether a session changes after its first exchange. If it does: what is pulled is offered by the SFU, and answered
   * through `renegotiate`; tracks come and go one by one. If it does not: a session is one offer of the device's with
   * one answer, either to publish or to pull (so who does both has two sessions), and ends as a whole.
   */
  renegotiates: boolean;
  /** Whether somebody hears when what a session publishes is over (LiveKit: its webhooks). Else it must be looked for. */
  tellsWhenGone: boolean;
}>;

/** Somebody who was admitted, and which device of theirs this is. */
export type SessionOwner = Readonly<{
  room: Pick<Room, 'id' | 'access'>;
  participant: Pick<Participant, 'userId' | 'name' | 'role'>;
  /** Tells it from other sessions of the same user; without it the session is the user's first device. */
  device?: string;
}>;

/**
 * A session as a value: JSON that the caller keeps, so that any instance goes on with it after a restart. Holds no secret.
 * Calls that return a session return what to keep from then on.
 */
export type SfuSession = Readonly<{
  sfu: 'livekit' | 'cloudflare';
  /** What others in the room name it by when they pull from it. */
  id: string;
  owner: SessionOwner;
  /** The connection that the SFU made of it, and what is pulled through it; kept where the SFU does not tell. */
  connection?: Readonly<{ id: string; pulled: readonly (RemoteTrack & Readonly<{ mid: string }>)[] }>;
}>;

export type PublishRequest = Readonly<{
  offer: string;
  /** At most 64, each by its media section in the offer (`a=mid`) and a name that is its own in this session. */
  tracks: readonly Readonly<{ mid: string; name: string }>[];
}>;

/** A track of another session in the same room. */
export type RemoteTrack = Readonly<{ from: string; name: string }>;

export type PullRequest = Readonly<{
  /** At most 64. */
  tracks: readonly RemoteTrack[];
  /** Where the SFU does not renegotiate: an offer with a place (`recvonly`) for each of them. */
  offer?: string;
}>;

/**
 * Why one track failed among others.
 *   NOT_FOUND  there is no such track, or it carries nothing yet: try again once it does
 *   NO_PLACE   the offer had no media section left for it
 *   FAILED     the SFU says no more than that
 */
export type TrackFault = 'NOT_FOUND' | 'NO_PLACE' | 'FAILED';

export type TrackResult = Readonly<{ name: string; mid?: string; fault?: TrackFault }>;

export type Published = Readonly<{
  session: SfuSession;
  /** The answer (SDP) for the device. */
  answer: string;
  /** In the order of the request. */
  tracks: readonly TrackResult[];
}>;

export type Pulled = Readonly<{
  session: SfuSession;
  /** For the device: an offer, to be answered through `renegotiate`, or the answer to its own. None if all failed. */
  description: Readonly<{ type: 'offer' | 'answer'; sdp: string }> | null;
  /** In the order of the request. */
  tracks: readonly (TrackResult & RemoteTrack)[];
}>;

export type SessionState = Readonly<{
  tracks: readonly Readonly<{
    location: 'local' | 'remote';
    mid: string;
    name: string;
    active: boolean;
  }>[];
}>;

export const sessionGone = (cause?: unknown): ServiceError =>
  new ServiceError('NO_SUCH_SESSION', 'This media session is over; make a new one.', { cause });

export const sfuRefused = (message: string, cause?: unknown): ServiceError =>
  new ServiceError('SFU_REFUSED', message, { cause });

export const sfuUnavailable = (cause: unknown, retryAfter?: number): ServiceError =>
  new ServiceError('SFU_UNAVAILABLE', 'The media server does not answer. Try again shortly.', {
    cause,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
