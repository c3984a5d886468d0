import type { AccessTokens, Principal } from '../../auth/index.ts';
import { ServiceError } from '../../errors.ts';
import type { Rooms } from '../../rooms/index.ts';
import type { AuthorizationRequest } from '../nats-keys/index.ts';
import type { SessionTokens } from '../session-token.ts';

import { connectionName, partiesOf } from '../subjects.ts';
import type { Prepare } from './preparation.ts';

/** Who may come in, where, and until when. */
export type Authorized = Readonly<{ roomId: string; userId: string; expiresAt: Date }>;

/**
 * Decides on one who connects: by a Keycloak access token, with the room in `user`; or by the session token of a join,
 * which names the room itself.
 *
 * @returns a function that throws UNAUTHENTICATED, INVALID_REQUEST, ROOM_MISMATCH, the refusals of tokens, of admission,
 *   NO_SEAT, or what the store throws
 */
export function createAuthorize(deps: {
  tokens: AccessTokens;
  sessionTokens: SessionTokens;
  rooms: Pick<Rooms, 'seat'>;
  /** Makes what the user reads by. */
  prepare: Prepare;
  now: () => Date;
}) {
  const { tokens, sessionTokens, rooms, prepare, now } = deps;

  async function holderOf({ user, token, password }: AuthorizationRequest['connect']) {
    const given = token || password;
    if (given === '') throw new ServiceError('UNAUTHENTICATED', 'Connect with a token.');
    if (!isSessionToken(given)) return { roomId: user, principal: await tokens.verify(given) };
    const holder = sessionTokens.verify(given);
    if (user !== '' && user !== holder.roomId)
      throw new ServiceError('ROOM_MISMATCH', 'This session token is for another room.');
    return holder;
  }

  return async function authorize(connect: AuthorizationRequest['connect']): Promise<Authorized> {
    const { roomId, principal } = await holderOf(connect);
    const userId = principal.user.id;
    const expiresAt = endOf(principal);
    // Tokens are forgiven a few seconds of clocks that differ; a connection that ends at once is none.
    if (expiresAt <= now()) throw new ServiceError('TOKEN_EXPIRED', 'This token has expired.');
    // The ids go into subjects: with a dot or a wildcard in them they would open those of others.
    if (partiesOf(connectionName(roomId, userId)) === null)
      throw new ServiceError('INVALID_REQUEST', 'Name the room to connect to as the user.');
    await rooms.seat(roomId, userId);
    await prepare(roomId, userId);
    return { roomId, userId, expiresAt };
  };
}

const endOf = ({ expiresAt }: Principal): Date => new Date(expiresAt * 1_000);

/** By the algorithm that its header names. That is not proof of anything: the verifier it leads to takes no other. */
function isSessionToken(token: string): boolean {
  const [header = ''] = token.split('.', 1);
  try {
    const read: unknown = JSON.parse(Buffer.from(header, 'base64url').toString());
    return typeof read === 'object' && read !== null && 'alg' in read && read.alg === 'HS256';
  } catch {
    return false;
  }
}
