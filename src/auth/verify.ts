import type { Request, Response } from 'express';
import { expressjwt, UnauthorizedError } from 'express-jwt';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import type { User } from '../rooms/index.ts';
import { type Principal, principalFrom } from './principal.ts';
import type { Revocations } from './revocations.ts';
import type { SigningKeys } from './signing-keys.ts';

type Algorithms = Parameters<typeof expressjwt>[0]['algorithms'];
/** Asymmetric only: with HS256 in the list, our public key would be a password that everybody knows. */
const ALGORITHMS: Algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
];
/** Keycloak's tokens have about 1,500 characters; ten times that is no token. */
const MAX_TOKEN = 16_384;
/** Two hosts' clocks may differ by this much. Seconds. */
const CLOCK_TOLERANCE = 5;

export type Claims = Readonly<Record<string, unknown>>;
/** What else a token must satisfy, besides its signature by one of the realm's keys. */
export type Expected = Readonly<{ issuer?: string; audience?: string | [string, ...string[]] }>;

/**
 * Checks a JWT's signature against the realm's keys, its times, and what is `expected`. This is express-jwt,
 * called as a function, so that every door verifies as the HTTP door does.
 *
 * @throws TOKEN_INVALID, TOKEN_EXPIRED, KEYCLOAK_UNAVAILABLE
 */
export function createJwtCheck(keys: SigningKeys, expected: Expected): (token: string) => Promise<Claims> {
  const middleware = expressjwt({
    ...expected,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE,
    getToken: (request) => (request as unknown as { token: string }).token,
    async secret(_request, token) {
      const { kid, alg } = token?.header ?? {};
      const found = typeof kid === 'string' ? await keys.find(kid) : undefined;
      // RFC 8725, 3.1: a key is used with the algorithm that it was published for, and with no other.
      if (!found || found.algorithm !== alg)
        throw new ServiceError('TOKEN_INVALID', 'This token is not signed by a key of ours.');
      return found.key;
    },
  });
  return (token) => {
    if (token.length > MAX_TOKEN)
      return Promise.reject(new ServiceError('TOKEN_INVALID', 'This token is too long.'));
    return new Promise((resolve, reject) => {
      const request = { token, headers: {}, method: 'GET', auth: undefined as Claims | undefined };
      const next = (error?: unknown) => (error ? reject(toServiceError(error)) : resolve(request.auth ?? {}));
      void middleware(request as unknown as Request, {} as Response, next);
    });
  };
}

function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const inner = error instanceof UnauthorizedError ? error.inner : error;
  if (inner instanceof Error && inner.name === 'TokenExpiredError')
    return new ServiceError('TOKEN_EXPIRED', 'This token has expired. Get a new one and try again.', {
      cause: error,
    });
  return new ServiceError('TOKEN_INVALID', 'This token is not valid here.', { cause: error });
}

export type AccessTokens = Readonly<{ verify(token: string): Promise<Principal> }>;

/**
 * Verifies Keycloak access tokens (spec/1-realtime.md, step 1): signature, issuer, audience, times, type,
 * party, and that neither the token's session nor its age was revoked.
 *
 * @param deps.onVerified hears whose token was found good, each time; it neither waits nor throws
 */
export function createAccessTokens(deps: {
  keys: SigningKeys;
  revocations: Pick<Revocations, 'check'>;
  keycloak: Pick<Config['keycloak'], 'issuer' | 'clientId' | 'allowedClients'>;
  onVerified?: (user: User) => void;
}): AccessTokens {
  const { issuer, clientId, allowedClients } = deps.keycloak;
  const check = createJwtCheck(deps.keys, { issuer, audience: clientId });
  return {
    async verify(token) {
      const principal = principalFrom(await check(token), allowedClients);
      deps.revocations.check(principal);
      deps.onVerified?.(principal.user);
      return principal;
    },
  };
}
