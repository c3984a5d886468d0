import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Principal } from '../auth/index.ts';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';

/**
 * The token with which one who joined comes in by NATS: for one user in one room, for this door only. It lets nobody in
 * by itself: admission is asked at each connect and at each renewal.
 */
export type SessionToken = Readonly<{ token: string; expiresAt: Date }>;

/** Whose it is and for which room. `issuedAt` and `sessionId` are those of the sign-in that it came of. */
export type SessionHolder = Readonly<{ roomId: string; principal: Principal }>;

export type SessionTokens = Readonly<{
  mint(roomId: string, principal: Omit<Principal, 'expiresAt'>): SessionToken;
  /** @throws TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REVOKED; STORE_UNAVAILABLE while revocations cannot be known */
  verify(token: string): SessionHolder;
  /**
   * A new token of the same sign-in, for the one whom the old token is of, while that holds. Whether they still hold a
   * seat is for the caller to ask.
   *
   * @throws as `verify`; ROOM_MISMATCH, IDENTITY_MISMATCH
   */
  renew(token: string, roomId: string, userId: string): SessionToken;
}>;

const ALGORITHM = 'HS256';
const TYPE = 'messaging+jwt';
const ISSUER = 'realtime-service';
const AUDIENCE = 'realtime-service/messaging';
/** Ours have about 400 characters. */
const MAX_TOKEN = 4_096;

const claimsOf = z.object({
  sub: z.string(),
  room: z.string(),
  name: z.string(),
  sid: z.string().nullable(),
  /** When Keycloak issued the access token that it came of: what is revoked by age is revoked by this. */
  auth_time: z.number(),
  exp: z.number(),
});

/** @param deps.checkRevoked throws for a sign-in that was revoked since */
export function createSessionTokens(deps: {
  token: NonNullable<Config['nats']>['token'];
  checkRevoked: (principal: Principal) => void;
  now: () => Date;
}): SessionTokens {
  const { checkRevoked, now } = deps;
  const key = createSecretKey(Buffer.from(deps.token.secret.reveal()));

  function mint(roomId: string, { user, sessionId, issuedAt }: Omit<Principal, 'expiresAt'>): SessionToken {
    const iat = seconds(now());
    const exp = iat + seconds(new Date(deps.token.ttl));
    const claims = { room: roomId, name: user.name, sid: sessionId, auth_time: issuedAt, iat, exp };
    const token = jwt.sign(claims, key, {
      algorithm: ALGORITHM,
      header: { alg: ALGORITHM, typ: TYPE },
      issuer: ISSUER,
      audience: AUDIENCE,
      subject: user.id,
    });
    return { token, expiresAt: new Date(exp * 1_000) };
  }

  function verify(token: string): SessionHolder {
    if (token.length > MAX_TOKEN) throw invalid();
    const { header, payload } = checked(token);
    // What is signed with the same secret for something else is no session token.
    if (header.typ !== TYPE) throw invalid();
    const { success, data } = claimsOf.safeParse(payload);
    if (!success) throw invalid();
    const principal = {
      user: { id: data.sub, name: data.name },
      sessionId: data.sid,
      issuedAt: data.auth_time,
      expiresAt: data.exp,
    };
    checkRevoked(principal);
    return { roomId: data.room, principal };
  }

  /** @throws TOKEN_EXPIRED, TOKEN_INVALID */
  function checked(token: string): jwt.Jwt {
    try {
      return jwt.verify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTimestamp: seconds(now()),
        complete: true,
      });
    } catch (cause) {
      if (cause instanceof jwt.TokenExpiredError)
        throw new ServiceError('TOKEN_EXPIRED', 'This session token has expired. Join again.', { cause });
      throw invalid(cause);
    }
  }

  return {
    mint,
    verify,
    renew(token, roomId, userId) {
      const holder = verify(token);
      if (holder.principal.user.id !== userId)
        throw new ServiceError('IDENTITY_MISMATCH', 'This session token is not yours.');
      if (holder.roomId !== roomId)
        throw new ServiceError('ROOM_MISMATCH', 'This session token is for another room.');
      return mint(roomId, holder.principal);
    },
  };
}

const invalid = (cause?: unknown) =>
  new ServiceError('TOKEN_INVALID', 'This is no session token of ours.', { cause });

const seconds = (at: Date): number => Math.floor(at.getTime() / 1_000);
