import { ServiceError } from '../errors.ts';
import type { User } from '../rooms/index.ts';

/** Who is asking, as their access token says. Times are in seconds since 1970, as in the token. */
export type Principal = Readonly<{
  user: User;
  /** Keycloak's session; null in a token without one. */
  sessionId: string | null;
  issuedAt: number;
  expiresAt: number;
}>;

/** Longer than any name in Keycloak's own form; what is shown to others is bounded. */
const MAX_NAME = 255;
/** `~` parts a user from their device in a LiveKit identity (spec/3-media.md), so no user id may have it. */
const USER_ID = /^[^\s~\p{Cc}]{1,255}$/u;

/**
 * Reads a verified access token's claims.
 *
 * @throws TOKEN_INVALID when it is not an access token, came through a client that we do not serve, or lacks
 *   what identifies its user
 */
export function principalFrom(
  claims: Readonly<Record<string, unknown>>,
  allowedClients: readonly string[],
): Principal {
  // Keycloak signs ID, refresh and logout tokens with the same keys: the type tells them apart.
  if (claims['typ'] !== 'Bearer') throw invalid('This is not an access token.');
  if (typeof claims['azp'] !== 'string' || !allowedClients.includes(claims['azp']))
    throw invalid('This token was issued to a client that may not be used here.');
  const { sub, sid, iat, exp } = claims;
  if (typeof sub !== 'string' || !USER_ID.test(sub)) throw invalid('This token does not say whose it is.');
  if (typeof iat !== 'number' || typeof exp !== 'number')
    throw invalid('This token does not say how long it holds.');
  return {
    user: { id: sub, name: displayName(claims, sub) },
    sessionId: typeof sid === 'string' ? sid : null,
    issuedAt: iat,
    expiresAt: exp,
  };
}

function displayName(claims: Readonly<Record<string, unknown>>, fallback: string): string {
  for (const name of [claims['name'], claims['preferred_username']])
    if (typeof name === 'string' && name.trim() !== '') return name.trim().slice(0, MAX_NAME);
  return fallback;
}

const invalid = (message: string) => new ServiceError('TOKEN_INVALID', message);
