import type { NextFunction, Request, RequestHandler, Response } from 'express';
import KeycloakConnect from 'keycloak-connect';
import { z } from 'zod';
import type { Config } from '../config/index.ts';
import { ServiceError } from '../errors.ts';

/** The realm role of those who run the place. */
export const ADMIN_ROLE = 'realtime-admin';
const INTROSPECTION_DEADLINE = 2_000;

const introspection = z.object({
  active: z.boolean(),
  realm_access: z.object({ roles: z.array(z.string()) }).optional(),
});

/**
 * Guards the administrators' routes with keycloak-connect, and asks Keycloak at each call whether the token
 * still stands and which roles its user has now: what an administrator may do is worth a round trip, and a
 * role that was taken away is gone at once. Comes after `authenticate`.
 *
 * Answers FORBIDDEN, TOKEN_REVOKED, or KEYCLOAK_UNAVAILABLE.
 */
export function createAdministratorGuard(
  keycloak: Config['keycloak'],
  notBefore: () => number,
): RequestHandler[] {
  const { realmUrl, issuer, clientId, clientSecret } = keycloak;
  const [serverUrl = '', realm = ''] = realmUrl.split('/realms/');
  const connect = new KeycloakConnect(
    {},
    {
      realm,
      resource: clientId,
      'auth-server-url': `${serverUrl}/`,
      'bearer-only': true,
      'ssl-required': 'external',
      'confidential-port': 0,
    },
  );
  connect.accessDenied = ((_request: Request, _response: Response, next: NextFunction) =>
    next(new ServiceError('FORBIDDEN', 'This is for administrators.'))) as typeof connect.accessDenied;
  // It compares `iss` with the URL that it fetches keys from, which differ where we reach Keycloak inside a cluster.
  const manager = connect.grantManager as unknown as { realmUrl: string; notBefore: number };
  manager.realmUrl = issuer;
  // Its not-before lives in one process; ours is every instance's.
  Object.defineProperty(manager, 'notBefore', { get: notBefore });

  const liveRoles = new WeakMap<Request, readonly string[]>();

  const introspect: RequestHandler = async (request, _response, next) => {
    const token = request.headers.authorization?.split(' ')[1] ?? '';
    liveRoles.set(request, await rolesNow(realmUrl, token, clientId, clientSecret.reveal()));
    next();
  };
  const attachGrant: RequestHandler = async (request, response, next) => {
    const grant = await connect.getGrant(request, response).catch(() => undefined);
    Object.assign(request, { kauth: grant ? { grant } : {} });
    next();
  };
  const guard = connect.protect((_token, request) => liveRoles.get(request)?.includes(ADMIN_ROLE) ?? false);
  return [introspect, attachGrant, guard as RequestHandler];
}

/** RFC 7662. @throws TOKEN_REVOKED when Keycloak no longer knows the token; KEYCLOAK_UNAVAILABLE */
async function rolesNow(
  realmUrl: string,
  token: string,
  clientId: string,
  secret: string,
): Promise<string[]> {
  const answer = await fetch(`${realmUrl}/protocol/openid-connect/token/introspect`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ token }),
    signal: AbortSignal.timeout(INTROSPECTION_DEADLINE),
  })
    .then(async (response) => {
      if (!response.ok) throw new Error(`introspection answered ${response.status}`);
      return introspection.parse(await response.json());
    })
    .catch((cause: unknown) => {
      throw new ServiceError(
        'KEYCLOAK_UNAVAILABLE',
        'Rights cannot be checked right now. Try again shortly.',
        {
          cause,
        },
      );
    });
  if (!answer.active) throw new ServiceError('TOKEN_REVOKED', 'This token was revoked. Sign in again.');
  return answer.realm_access?.roles ?? [];
}
