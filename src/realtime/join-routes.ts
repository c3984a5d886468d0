import type { z } from 'zod';
import type { Principal } from '../auth/index.ts';
import { ServiceError } from '../errors.ts';
import { type Answer, defineRoute, type Route } from '../http/index.ts';
import type { Mint } from '../livekit/index.ts';
import { REFUSALS, type Rooms, type SeatedIn } from '../rooms/index.ts';
import { activeTraceparent, inSpan, type Logger } from '../telemetry/index.ts';
import type { IceServersFor } from '../turn/index.ts';
import { presentParticipant, presentRoom } from '../wire/index.ts';
import * as schema from './schemas.ts';

/** What those who joined come in by NATS with; null while that door is closed, or when it cannot take this user. */
export type MessagingFor = (
  roomId: string,
  principal: Principal,
) => z.output<typeof schema.messagingAccess> | null;

type TokenRequest = z.output<typeof schema.tokenRequest>;

const MISMATCH = ['IDENTITY_MISMATCH', 'ROOM_MISMATCH'] as const;
const answers = {
  201: { description: 'You are in: connect to LiveKit with this.', schema: schema.joinAnswer },
};

/** Where a Keycloak token becomes a LiveKit token (spec/1-realtime.md). */
export function joinRoutes(deps: {
  rooms: Rooms;
  mint: Mint;
  serverUrl: string;
  iceServersFor: IceServersFor;
  messagingFor: MessagingFor;
  logger: Logger;
}): {
  join: Route;
  token: Route;
  renew: Route;
} {
  const { rooms, mint, logger } = deps;

  /** Authenticated already: admit, mint, answer. `admit` is what tells a join from a renewal. */
  async function enter(
    roomId: string,
    principal: Principal,
    body: TokenRequest,
    admit: () => Promise<SeatedIn>,
  ): Promise<Answer> {
    const { user } = principal;
    logger.info('token.requested', { roomId, userId: user.id });
    refuseOthers(roomId, user.id, body);
    const seated = await inSpan('admit', { 'room.id': roomId }, admit).catch((error: unknown) => {
      if (error instanceof ServiceError)
        logger.info('admission.refused', { roomId, userId: user.id, code: error.code });
      throw error;
    });
    const extras = { attributes: body.participant_attributes ?? {}, metadata: body.participant_metadata };
    const traceparent = activeTraceparent();
    const minted = await inSpan('mint', {}, () => mint(seated, traceparent, extras));
    const messaging = deps.messagingFor(roomId, principal);
    logger.info('token.minted', { roomId, userId: user.id, role: seated.participant.role });
    return {
      status: 201,
      body: {
        server_url: deps.serverUrl,
        participant_token: minted.token,
        expiresAt: minted.expiresAt,
        room: presentRoom(seated.room),
        participant: presentParticipant(seated.participant),
        iceServers: deps.iceServersFor(user.id),
        ...(messaging ? { messaging } : {}),
      } satisfies z.output<typeof schema.joinAnswer>,
    };
  }

  return {
    join: defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/join',
      tag: 'Join',
      summary: 'Join a room: your Keycloak token becomes a LiveKit token.',
      description:
        "Takes and answers LiveKit's token endpoint contract, so `TokenSource.endpoint(url)` of a LiveKit SDK works " +
        'against it as it is. Joining again keeps your seat. A seat that nobody connects to is freed after a minute.',
      access: 'user',
      limit: 'join',
      params: schema.roomParams,
      body: schema.tokenRequest,
      bodyOptional: true,
      answers,
      problems: [...REFUSALS, ...MISMATCH, 'BUSY'],
      handle: ({ params: { roomId }, body, principal }) =>
        enter(roomId, principal, body, () => rooms.join(roomId, principal.user)),
    }),
    token: defineRoute({
      method: 'post',
      path: '/token',
      tag: 'Join',
      summary: 'Join a room that is named in the body.',
      description: "The same as the join, at one address for every room: LiveKit's token endpoint contract.",
      access: 'user',
      limit: 'join',
      body: schema.roomTokenRequest,
      answers,
      problems: [...REFUSALS, 'IDENTITY_MISMATCH', 'BUSY'],
      handle: ({ body, principal }) =>
        enter(body.room_name, principal, body, () => rooms.join(body.room_name, principal.user)),
    }),
    renew: defineRoute({
      method: 'post',
      path: '/rooms/{roomId}/token',
      tag: 'Join',
      summary: 'A fresh LiveKit token, for those who hold a seat.',
      access: 'user',
      params: schema.roomParams,
      body: schema.tokenRequest,
      bodyOptional: true,
      answers,
      problems: ['ROOM_NOT_FOUND', 'ROOM_ENDED', 'KICKED', 'NOT_INVITED', 'NO_SEAT', ...MISMATCH],
      handle: ({ params: { roomId }, body, principal }) =>
        enter(roomId, principal, body, () => rooms.seat(roomId, principal.user.id)),
    }),
  };
}

/** The identity is the token's and the room the address's; a body that says otherwise is a mistake or an attack. */
function refuseOthers(roomId: string, userId: string, body: TokenRequest): void {
  if (body.participant_identity !== undefined && body.participant_identity !== userId)
    throw new ServiceError('IDENTITY_MISMATCH', 'You can only join as yourself.');
  if (body.room_name !== undefined && body.room_name !== roomId)
    throw new ServiceError('ROOM_MISMATCH', 'The body names another room than the address.');
}
