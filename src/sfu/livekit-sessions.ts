import { ServiceError } from '../errors.ts';
import {
  type Exchange,
  identityOf,
  type LiveKit,
  type Mint,
  type Present,
  type Whip,
} from '../livekit/index.ts';
import { activeTraceparent } from '../telemetry/index.ts';
import { checkPublish, checkPull } from './checks.ts';
import { findTracks, nameOf, namesAttribute, placed, takenBy, wanted } from './livekit-tracks.ts';
import {
  type SessionState,
  type SfuSession,
  type SfuSessions,
  sessionGone,
  sfuRefused,
  sfuUnavailable,
} from './sessions.ts';

type Deps = Readonly<{
  livekit: Pick<LiveKit, 'present' | 'remove'>;
  mint: Mint;
  whip: Pick<Whip, 'leave'>;
  exchange: Exchange;
}>;

/**
 * Sessions in LiveKit rooms, through its WHIP endpoint. A session is a device of the participant (`{user}~{device}`), and
 * that is its id too: what LiveKit has in the room by that identity is the session, whichever instance made it.
 */
export function createLiveKitSessions(deps: Deps): SfuSessions {
  const { livekit, mint, whip, exchange } = deps;

  /**
   * Connects the session by its one exchange. It may do no more than that: in a room in which somebody by WHIP may receive,
   * LiveKit 1.11 can lock up when others publish (docs/decisions/0018).
   */
  const connect = ({ owner }: SfuSession, asked: Omit<Parameters<Exchange>[1], 'device'>) =>
    exchange(owner, { ...asked, device: owner.device }).catch((error: unknown) =>
      Promise.reject(translated(error)),
    );

  const tokenOf = async ({ owner }: SfuSession): Promise<string> =>
    (await mint(owner, activeTraceparent(), { device: owner.device })).token;

  const presentIn = (session: SfuSession): Promise<Present[]> =>
    livekit.present(session.owner.room.id).catch((error: unknown) => Promise.reject(translated(error)));

  async function getSessionState(session: SfuSession): Promise<SessionState> {
    checkOurs(session);
    const present = await presentIn(session);
    const self = present.find(({ identity }) => identity === session.id);
    const { connection } = session;
    if (connection && self?.participantId !== connection.id) throw sessionGone();
    if (!self) return { tracks: [] };
    const local = self.tracks.map((track) => ({
      location: 'local' as const,
      mid: track.mid,
      name: nameOf(self, track),
      active: true,
    }));
    const pulled = connection?.pulled ?? [];
    const remote = findTracks(pulled, present).map(({ track }, index) => ({
      location: 'remote' as const,
      mid: pulled[index]?.mid ?? '',
      name: pulled[index]?.name ?? '',
      active: track !== undefined,
    }));
    return { tracks: [...local, ...remote] };
  }

  async function end(session: SfuSession): Promise<void> {
    const { connection, id, owner } = session;
    const leaving = connection
      ? whip.leave({ token: await tokenOf(session), resource: `/whip/v1/${connection.id}` })
      : livekit.remove(owner.room.id, id);
    await leaving.catch((error: unknown) => Promise.reject(translated(error)));
  }

  return {
    can: { renegotiates: false, tellsWhenGone: true },

    async createSession(owner) {
      return { sfu: 'livekit', id: identityOf(owner.participant.userId, owner.device), owner };
    },

    async publishTracks(session, request) {
      checkUnused(session);
      checkPublish(request);
      const opened = await connect(session, {
        sdp: request.offer,
        purpose: { publishes: true },
        attributes: namesAttribute(request.tracks),
      });
      return {
        session: { ...session, connection: { id: opened.participantId, pulled: [] } },
        answer: opened.sdp,
        tracks: takenBy(opened.sdp, request.tracks),
      };
    },

    async pullTracks(session, request) {
      checkUnused(session);
      checkPull(request);
      const { offer } = request;
      if (offer === undefined) throw sfuRefused('An offer is needed to pull tracks here.');
      // LiveKit would wait for a track that is not there, without end.
      const found = findTracks(request.tracks, await presentIn(session));
      const receives = wanted(found);
      if (receives.length === 0) return { session, description: null, tracks: placed(found, new Map()) };
      const opened = await connect(session, { sdp: offer, purpose: { publishes: false, receives } });
      const tracks = placed(found, opened.places);
      const pulled = tracks.flatMap(({ from, name, mid }) =>
        mid === undefined ? [] : [{ from, name, mid }],
      );
      return {
        session: { ...session, connection: { id: opened.participantId, pulled } },
        description: { type: 'answer', sdp: opened.sdp },
        tracks,
      };
    },

    async renegotiate(session) {
      checkOurs(session);
      throw once();
    },

    async closeTracks(session, mids) {
      checkOurs(session);
      const state = await getSessionState(session).catch((error: unknown) => {
        if (codeOf(error) === 'NO_SUCH_SESSION') return null;
        throw error;
      });
      if (state === null) return;
      const asked = state.tracks.filter(({ mid }) => mids === 'all' || mids.includes(mid));
      if (mids !== 'all' && asked.length === 0) return;
      if (asked.length < state.tracks.length) throw once();
      await end(session);
    },

    getSessionState,
  };
}

/** @throws NO_SUCH_SESSION for a session of the SFU that was configured before */
function checkOurs({ sfu }: SfuSession): void {
  if (sfu !== 'livekit') throw sessionGone();
}

/** @throws CANNOT_RENEGOTIATE for a session that has had its exchange */
function checkUnused(session: SfuSession): void {
  checkOurs(session);
  if (session.connection) throw once();
}

const once = (): ServiceError =>
  new ServiceError(
    'CANNOT_RENEGOTIATE',
    'A session here is negotiated once, and ends as a whole; make a new one.',
  );

const codeOf = (error: unknown): string | undefined =>
  error instanceof ServiceError ? error.code : undefined;

function translated(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'LIVEKIT_UNAVAILABLE') return sfuUnavailable(error);
  if (code === 'INVALID_REQUEST' || code === 'PAYLOAD_TOO_LARGE')
    return sfuRefused('The media server does not take this session description.', error);
  return error;
}
