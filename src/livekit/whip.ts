import { ServiceError } from '../errors.ts';

/** Published tracks of one participant, by their names in LiveKit. */
export type AskedTracks = Readonly<{ identity: string; tracks: readonly string[] }>;

/** A session that LiveKit opened. `resource` is its path there, `etag` names its ICE session. */
export type WhipSession = Readonly<{ sdp: string; participantId: string; resource: string; etag: string }>;

type Caller = Readonly<{ token: string; signal?: AbortSignal | undefined }>;
type OfSession = Caller & Readonly<{ resource: string }>;

export type Whip = ReturnType<typeof createWhip>;

/** LiveKit answers in milliseconds, or after the 3 s in which it looks for a session that is gone. */
const ANSWERS_WITHIN = 3_500;

/** Where LiveKit puts its sessions; a resource that is elsewhere is not one. */
const RESOURCE = /^\/whip\/v1\/(\w{1,100})$/;

/**
 * LiveKit's WHIP endpoint (RFC 9725), by which a peer without an SDK publishes and, beyond the standard, is sent
 * tracks. Tokens are ordinary LiveKit tokens of the identity that the session is of; a new offer of the same identity
 * puts an end to its former session.
 *
 * Each call has `timeout` milliseconds; of a session that is gone LiveKit itself knows after 3 s only. When an offer fails without an answer the participant may be in the room all
 * the same: the caller removes it.
 */
export function createWhip(deps: { url: string; timeout?: number }) {
  const { url, timeout = ANSWERS_WITHIN } = deps;

  async function call(method: string, path: string, { token, signal }: Caller, more: RequestInit = {}) {
    const late = AbortSignal.timeout(timeout);
    try {
      const response = await fetch(new URL(path, url), {
        ...more,
        method,
        headers: { ...(more.headers as Record<string, string>), authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: signal === undefined ? late : AbortSignal.any([late, signal]),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  const patch = (session: OfSession, etag: string, fragment: string) =>
    call('PATCH', checked(session.resource), session, {
      headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': etag },
      body: fragment,
    });

  return {
    /**
     * Opens a session. LiveKit answers once the tracks of `subscribe` are on their way, and never when one of them does
     * not exist: the caller looks first.
     *
     * @throws INVALID_REQUEST for what is no SDP, PAYLOAD_TOO_LARGE, LIVEKIT_UNAVAILABLE
     */
    async offer(
      asked: Caller & Readonly<{ sdp: string; subscribe?: readonly AskedTracks[] | undefined }>,
    ): Promise<WhipSession> {
      const { sdp, subscribe = [] } = asked;
      const answer = await call('POST', '/whip/v1', asked, {
        headers: {
          'content-type': 'application/sdp',
          ...(subscribe.length === 0 ? {} : { 'x-livekit-clientinfo': clientInfo(subscribe) }),
        },
        body: sdp,
      });
      if (answer.status !== 201) throw offerRefused(answer);
      const resource = new URL(answer.headers.get('location') ?? '', url).pathname;
      const etag = answer.headers.get('etag');
      const participantId = RESOURCE.exec(resource)?.[1];
      if (participantId === undefined || etag === null) throw unavailable(answer.text);
      return { sdp: answer.text, participantId, resource, etag };
    },

    /**
     * Adds ICE candidates to a session.
     *
     * @param asked.fragment a media section with the offer's bundle mid, ufrag and password (RFC 8840)
     * @throws NO_SUCH_SESSION, INVALID_REQUEST, LIVEKIT_UNAVAILABLE
     */
    async trickle(asked: OfSession & Readonly<{ etag: string; fragment: string }>): Promise<void> {
      const answer = await patch(asked, asked.etag, asked.fragment);
      if (answer.status !== 204) throw patchRefused(answer);
    },

    /**
     * Restarts ICE with new credentials: the one thing of a session that may be negotiated anew.
     *
     * @throws NO_SUCH_SESSION, INVALID_REQUEST, LIVEKIT_UNAVAILABLE
     */
    async restart(
      asked: OfSession & Readonly<{ fragment: string }>,
    ): Promise<Readonly<{ fragment: string; etag: string }>> {
      const answer = await patch(asked, '*', asked.fragment);
      const etag = answer.headers.get('etag');
      if (answer.status !== 200 || etag === null) throw patchRefused(answer);
      return { fragment: answer.text, etag };
    },

    /** Ends a session; one that is gone already has ended. @throws LIVEKIT_UNAVAILABLE */
    async leave(asked: OfSession): Promise<void> {
      const answer = await call('DELETE', checked(asked.resource), asked);
      if (answer.status >= 300 && answer.status !== 404) throw unavailable(answer.text);
    },
  };
}

/** What LiveKit reads the asked tracks from. A header holds ASCII only. */
function clientInfo(subscribe: readonly AskedTracks[]): string {
  const names: Record<string, string[]> = Object.create(null);
  for (const { identity, tracks } of subscribe) names[identity] = [...(names[identity] ?? []), ...tracks];
  return JSON.stringify({ subscribedParticipantTrackNames: names }).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

type Refusal = Readonly<{ status: number; text: string }>;

/** LiveKit says of much that is wrong with an offer that it is unavailable, in the words of its WebRTC library. */
const OF_THE_OFFER = /payload type|remote ?description|sdp|codec|fingerprint|ufrag|ice-?pwd|media section/i;
const OF_THE_FRAGMENT = /media mid|(lite|options) mismatch|sdp|remote ?description/i;

function offerRefused({ status, text }: Refusal): ServiceError {
  if (status === 400 || (status === 503 && OF_THE_OFFER.test(text)))
    return new ServiceError('INVALID_REQUEST', 'The media server cannot take this offer.', {
      cause: text,
      fields: [{ path: 'sdp', message: 'is no offer that can be taken' }],
    });
  if (status === 413)
    return new ServiceError('PAYLOAD_TOO_LARGE', 'The offer is too large for the media server.', {
      cause: text,
    });
  return unavailable(`${status} ${text}`);
}

function patchRefused({ status, text }: Refusal): ServiceError {
  // LiveKit answers 500 for a participant that nobody has (after 3 s), and for an ICE session that is over.
  if (status === 404 || /no response from servers|ice session mismatch|not found/i.test(text))
    return new ServiceError('NO_SUCH_SESSION', 'There is no such session, or it has ended.', { cause: text });
  if (status === 400 || OF_THE_FRAGMENT.test(text))
    return new ServiceError('INVALID_REQUEST', 'These candidates do not fit the session.', {
      cause: text,
      fields: [{ path: 'candidate', message: 'does not fit the session' }],
    });
  return unavailable(`${status} ${text}`);
}

function checked(resource: string): string {
  if (!RESOURCE.test(resource)) throw new TypeError(`${resource} is no session of LiveKit's`);
  return resource;
}

const unavailable = (cause: unknown) =>
  new ServiceError('LIVEKIT_UNAVAILABLE', 'The media server does not answer. Try again shortly.', { cause });
