import { createHash } from 'node:crypto';
import { toBase32 } from './encoding.ts';
import type { Signer, Verify } from './signing.ts';

/** The JWTs of NATS, version 2 (github.com/nats-io/jwt): signed with Ed25519, the issuer named by its public key. */

const HEADER = encoded({ typ: 'JWT', alg: 'ed25519-nkey' });
const VERSION = 2;

/** What every JWT of NATS says; times in seconds since 1970. */
export type Claims = Readonly<{
  sub: string;
  aud: string;
  name?: string;
  exp?: number;
  nats: Readonly<Record<string, unknown>> & Readonly<{ type: string }>;
}>;

export function encodeJwt(claims: Claims, signer: Signer, now: Date): string {
  const signed = {
    ...claims,
    iss: signer.publicKey,
    iat: Math.floor(now.getTime() / 1_000),
    nats: { ...claims.nats, version: VERSION },
  };
  const jti = toBase32(createHash('sha512-256').update(JSON.stringify(signed)).digest());
  const input = `${HEADER}.${encoded({ ...signed, jti })}`;
  return `${input}.${signer.sign(input).toString('base64url')}`;
}

/**
 * The claims of a JWT that a server signed. What they say is for the caller to check.
 *
 * @returns null for what no server signed
 */
export function decodeServerJwt(text: string, verify: Verify): unknown {
  const [header = '', payload = '', signature = '', ...more] = text.split('.');
  if (more.length > 0 || !isOurs(parsed(header))) return null;
  const claims = parsed(payload);
  const issuer = claims?.['iss'];
  if (typeof issuer !== 'string') return null;
  const isSigned = verify('server', issuer, `${header}.${payload}`, Buffer.from(signature, 'base64url'));
  return isSigned ? claims : null;
}

/** Only the algorithm that we verify with, whatever a header may name. */
const isOurs = (header: Record<string, unknown> | null): boolean => header?.['alg'] === 'ed25519-nkey';

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function parsed(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}
