import { ServiceError } from '../../errors.ts';
import type { Logger } from '../../telemetry/index.ts';
import { checkedSdp, checkPublish, checkPull } from '../checks.ts';
import {
  type PublishRequest,
  type PullRequest,
  type SessionOwner,
  type SfuSession,
  type SfuSessions,
  sessionGone,
  sfuUnavailable,
  type TrackResult,
} from '../sessions.ts';
import {
  ALREADY_CLOSED,
  CloudflareFailure,
  closed,
  created,
  negotiated,
  nothing,
  stateOf,
  toTrackFault,
} from './answers.ts';
import { type CloudflareDeps, createCloudflareApi } from './api.ts';

type NamedTrack = Readonly<{ mid?: string | undefined; errorCode?: string | undefined }>;

/**
 * Sessions at Cloudflare Realtime. A session is one connection there, of no room: whoever may pull from whom is the
 * caller's to decide.
 */
export function createCloudflareSessions(deps: CloudflareDeps): SfuSessions {
  const ask = createCloudflareApi(deps);
  const { logger } = deps;

  const negotiate = (session: SfuSession, body: unknown) =>
    ask({
      method: 'POST',
      path: [...pathOf(session), 'tracks', 'new'],
      body,
      answer: negotiated,
      repeatable: false,
    });

  const state = (session: SfuSession) =>
    ask({ method: 'GET', path: pathOf(session), answer: stateOf, repeatable: true });

  const activeMids = async (session: SfuSession): Promise<string[]> =>
    (await state(session)).tracks.filter(isActive).map(({ mid }) => mid);

  return {
    can: { renegotiates: true, tellsWhenGone: false },

    async createSession(owner: SessionOwner) {
      // Asked twice it makes two, of which one lapses.
      const { sessionId } = await ask({
        method: 'POST',
        path: ['sessions', 'new'],
        answer: created,
        repeatable: true,
      });
      return { sfu: 'cloudflare', id: sessionId, owner };
    },

    async publishTracks(session, request: PublishRequest) {
      checkPublish(request);
      const tracks = request.tracks.map(({ mid, name }) => ({ location: 'local', mid, trackName: name }));
      const sessionDescription = { type: 'offer', sdp: request.offer };
      const answer = await negotiate(session, { sessionDescription, tracks });
      if (answer.sessionDescription?.type !== 'answer')
        throw sfuUnavailable(new Error('Cloudflare answered an offer without an answer'));
      const results = request.tracks.map(({ mid, name }): TrackResult => {
        const told = answer.tracks.find((track) => track.trackName === name || track.mid === mid);
        return { name, ...outcome(told, 'publish', logger), mid };
      });
      return { session, answer: answer.sessionDescription.sdp, tracks: results };
    },

    async pullTracks(session, request: PullRequest) {
      checkPull(request);
      const answer = await negotiate(session, {
        tracks: request.tracks.map(({ from, name }) => ({
          location: 'remote',
          sessionId: from,
          trackName: name,
        })),
      });
      const tracks = request.tracks.map(({ from, name }, index) => {
        const told =
          answer.tracks.find((track) => track.trackName === name && track.sessionId === from) ??
          answer.tracks[index];
        return { from, name, ...outcome(told, 'pull', logger) };
      });
      return { session, description: answer.sessionDescription ?? null, tracks };
    },

    async renegotiate(session, answer) {
      await ask({
        method: 'PUT',
        path: [...pathOf(session), 'renegotiate'],
        body: { sessionDescription: { type: 'answer', sdp: checkedSdp(answer) } },
        answer: nothing,
        repeatable: false,
      });
    },

    async closeTracks(session, mids) {
      const path = [...pathOf(session), 'tracks', 'close'];
      try {
        const asked = mids === 'all' ? await activeMids(session) : mids;
        if (asked.length === 0) return;
        // By force: the media stops at once, and the device need not negotiate what it no longer has.
        const body = { tracks: asked.map((mid) => ({ mid })), force: true };
        const { tracks } = await ask({ method: 'PUT', path, body, answer: closed, repeatable: true });
        const left = tracks.find(({ errorCode }) => errorCode !== undefined && errorCode !== ALREADY_CLOSED);
        if (left) throw sfuUnavailable(new CloudflareFailure(200, left.errorCode, left.errorDescription));
      } catch (error) {
        if (error instanceof ServiceError && error.code === 'NO_SUCH_SESSION') return;
        throw error;
      }
    },

    async getSessionState(session) {
      const { tracks } = await state(session);
      return {
        tracks: tracks.map((track) => ({
          location: track.location,
          mid: track.mid,
          name: track.trackName,
          active: isActive(track),
        })),
      };
    },
  };
}

const isActive = ({ status }: { status?: string | undefined }): boolean => status !== 'inactive';

/** @throws NO_SUCH_SESSION for a session of the SFU that was configured before */
function pathOf({ sfu, id }: SfuSession): string[] {
  if (sfu !== 'cloudflare') throw sessionGone();
  return ['sessions', id];
}

/** What became of one track of a call; of one that the answer does not name we only know that it is not there. */
function outcome(
  told: NamedTrack | undefined,
  operation: string,
  logger: Pick<Logger, 'warn'>,
): Pick<TrackResult, 'mid' | 'fault'> {
  if (told === undefined) return { fault: 'FAILED' };
  if (told.errorCode === undefined) return told.mid === undefined ? {} : { mid: told.mid };
  logger.warn('cloudflare.track.failed', { operation, errorCode: told.errorCode.slice(0, 100) });
  return { fault: toTrackFault(told.errorCode) };
}
