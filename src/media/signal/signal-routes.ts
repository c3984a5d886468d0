import type { z } from 'zod';
import { ServiceError } from '../../errors.ts';
import { defineRoute, type Route } from '../../http/index.ts';
import { REFUSALS } from '../../rooms/index.ts';
import type { IceServersFor } from '../../turn/index.ts';
import * as schema from './schemas.ts';
import type { Signaling } from './signaling.ts';

/** SDP and ICE as JSON (seed 003): for whoever has `RTCPeerConnection` and `fetch`. */
export function signalRoutes(deps: { signaling: Signaling; iceServersFor: IceServersFor }): Route[] {
  const { signaling } = deps;
  return [
    defineRoute({
      method: 'post',
      path: '/video/signal',
      tag: 'Peers without an SDK',
      summary: 'Join a room with an SDP offer: the answer connects you to the media server.',
      description:
        'You are admitted as by a join, and hold the same seat. A second connection of the same `peer_id` takes the ' +
        'place of the first. A connection is negotiated once: to send or receive something else, offer a new one. ' +
        "It receives on the offer's receiving lines what the room has when it is opened.",
      access: 'user',
      limit: 'join',
      body: schema.signalRequest,
      answers: { 200: { description: 'The answer to your offer.', schema: schema.signalAnswer } },
      problems: [
        ...REFUSALS,
        ...(['SDP_IMPOSSIBLE_E2EE', 'CANNOT_RENEGOTIATE', 'TOO_MANY_PEERS', 'NO_SUCH_TRACK'] as const),
        ...(['LIVEKIT_UNAVAILABLE', 'BUSY'] as const),
      ],
      async handle({ body, principal: { user } }) {
        const { room_id: roomId, peer_id: peerId, type, sdp, subscribe = [] } = body;
        if (type === 'answer')
          throw new ServiceError('CANNOT_RENEGOTIATE', 'The media server made no offer. Send yours.');
        const opened = await signaling.open(user, { roomId, peerId, sdp, subscribe });
        return {
          status: 200,
          body: {
            sdp: { type: 'answer', sdp: opened.sdp },
            session_id: opened.session.id,
            ice_servers: deps.iceServersFor(user.id),
            tracks: [...opened.tracks],
          } satisfies z.output<typeof schema.signalAnswer>,
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/video/ice',
      tag: 'Peers without an SDK',
      summary: 'Add an ICE candidate to your connection.',
      access: 'user',
      limit: 'socket-event',
      body: schema.iceRequest,
      answers: { 200: { description: 'It is known to the media server.', schema: schema.iceAnswer } },
      problems: SEATED,
      async handle({ body, principal: { user } }) {
        const peer = { roomId: body.room_id, userId: user.id, peerId: body.peer_id };
        await signaling.addCandidate(peer, body.candidate);
        return { status: 200, body: { status: 'ok' } satisfies z.output<typeof schema.iceAnswer> };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/video/signal/{sessionId}',
      tag: 'Peers without an SDK',
      summary: 'End your connection.',
      description: 'The seat has its grace then, as when any last connection of yours ends.',
      access: 'user',
      params: schema.sessionParams,
      answers: { 204: { description: 'It has ended.' } },
      problems: ['NO_SUCH_SESSION', 'LIVEKIT_UNAVAILABLE'],
      async handle({ params, principal: { user } }) {
        await signaling.leave(user, params.sessionId);
        return { status: 204 };
      },
    }),
  ];
}

/** Where one must hold a seat and have a session. */
export const SEATED = [
  'ROOM_NOT_FOUND',
  'ROOM_ENDED',
  'KICKED',
  'NOT_INVITED',
  'NO_SEAT',
  'NO_SUCH_SESSION',
  'LIVEKIT_UNAVAILABLE',
] as const;
