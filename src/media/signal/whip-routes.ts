import { defineRoute, type Route } from '../../http/index.ts';
import { REFUSALS } from '../../rooms/index.ts';
import type { IceServer, IceServersFor } from '../../turn/index.ts';
import * as schema from './schemas.ts';
import { SEATED } from './signal-routes.ts';
import type { Signaling } from './signaling.ts';

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';
const ETAG = 'Names the ICE session; for `If-Match`.';

/** WHIP (RFC 9725), for OBS, GStreamer and whatever else publishes by it. The bearer token is Keycloak's. */
export function whipRoutes(deps: { signaling: Signaling; iceServersFor: IceServersFor }): Route[] {
  const { signaling } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/whip/{roomId}',
      tag: 'WHIP',
      summary: 'Publish into a room by WHIP (RFC 9725).',
      description: 'You are admitted as by a join, and hold the same seat.',
      access: 'user',
      limit: 'join',
      params: schema.whipParams,
      query: schema.whipQuery,
      text: [SDP],
      body: schema.sdpText,
      answers: {
        201: {
          description: 'The answer to your offer.',
          type: SDP,
          schema: schema.sdpText,
          headers: {
            Location: 'The session: PATCH it to trickle ICE, DELETE it to leave.',
            ETag: ETAG,
            Link: 'One `rel="ice-server"` for each ICE server.',
          },
        },
      },
      problems: [
        ...REFUSALS,
        ...(['SDP_IMPOSSIBLE_E2EE', 'CANNOT_RENEGOTIATE', 'TOO_MANY_PEERS'] as const),
        ...(['LIVEKIT_UNAVAILABLE', 'BUSY'] as const),
      ],
      async handle({ params: { roomId }, query, body: sdp, principal: { user }, request }) {
        const opened = await signaling.open(user, { roomId, peerId: query.peer_id, sdp });
        const { id, etag } = opened.session;
        return {
          status: 201,
          headers: {
            Location: `${request.baseUrl}/whip/${roomId}/${id}`,
            ETag: `"${etag}"`,
            ...linksTo(deps.iceServersFor(user.id)),
          },
          body: opened.sdp,
        };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/whip/{roomId}/{sessionId}',
      tag: 'WHIP',
      summary: 'Trickle ICE candidates, or restart ICE.',
      description: 'With `If-Match: "<etag>"` candidates are added; with `If-Match: *` ICE is restarted.',
      access: 'user',
      limit: 'socket-event',
      params: schema.whipSessionParams,
      text: [FRAGMENT],
      body: schema.fragmentText,
      answers: {
        200: {
          description: 'ICE is restarted.',
          type: FRAGMENT,
          schema: schema.fragmentText,
          headers: { ETag: ETAG },
        },
        204: { description: 'The candidates are known to the media server.' },
      },
      problems: [...SEATED, 'ETAG_MISSING', 'ETAG_MISMATCH'],
      async handle({ params: { roomId, sessionId }, body: fragment, principal: { user }, request }) {
        const ifMatch = request.headers['if-match'];
        const restarted = await signaling.patch(user, { id: sessionId, roomId }, { ifMatch, fragment });
        if (restarted === null) return { status: 204 };
        return { status: 200, headers: { ETag: `"${restarted.etag}"` }, body: restarted.fragment };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/whip/{roomId}/{sessionId}',
      tag: 'WHIP',
      summary: 'Stop publishing.',
      access: 'user',
      params: schema.whipSessionParams,
      answers: { 200: { description: 'The session has ended.' } },
      problems: ['NO_SUCH_SESSION', 'LIVEKIT_UNAVAILABLE'],
      async handle({ params: { roomId, sessionId }, principal: { user } }) {
        await signaling.leave(user, sessionId, roomId);
        return { status: 200 };
      },
    }),
  ];
}

/** ICE servers as WHIP tells of them (RFC 9725, 4.6). */
export function linksTo(servers: readonly IceServer[]): { Link?: string[] } {
  const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  const links = servers.flatMap(({ urls, username, credential }) =>
    urls.map(
      (url) =>
        `<${url}>; rel="ice-server"; username=${quoted(username)}; credential=${quoted(credential)}; ` +
        'credential-type="password"',
    ),
  );
  return links.length === 0 ? {} : { Link: links };
}
