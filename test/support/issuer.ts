import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A realm whose private key we hold, for the tokens that a real Keycloak would never sign: the catalogue of
 * attacks. Its keys are served as Keycloak serves them.
 */
export type Issuer = AsyncDisposable &
  Readonly<{
    url: string;
    publicKey: KeyObject;
    claims(more?: Claims): Claims;
    token(options?: TokenOptions): string;
  }>;

type Claims = Record<string, unknown>;
type TokenOptions = Readonly<{
  claims?: Claims;
  header?: Record<string, unknown>;
  signature?: (input: string) => Buffer;
}>;

export const KEY_ID = 'the-key';

export async function startIssuer(): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/test`;
  const rs256 = (input: string): Buffer => sign('RSA-SHA256', Buffer.from(input), privateKey);

  const claims = (more: Claims = {}): Claims => {
    const now = Math.floor(Date.now() / 1_000);
    const usual = {
      iss: url,
      aud: ['realtime-service', 'account'],
      azp: 'web',
      typ: 'Bearer',
      sub: 'eve',
      sid: 'a-session',
    };
    return { ...usual, name: 'Eve', iat: now, exp: now + 300, ...more };
  };
  return {
    url,
    publicKey,
    claims,
    token({ claims: payload = claims(), header = {}, signature = rs256 } = {}) {
      const head = { alg: 'RS256', typ: 'JWT', kid: KEY_ID, ...header };
      const input = `${encode(head)}.${encode(payload)}`;
      return `${input}.${signature(input).toString('base64url')}`;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const hmac = (secret: string | Buffer) => (input: string) =>
  createHmac('sha256', secret).update(input).digest();
export const unsigned = (): Buffer => Buffer.alloc(0);

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
