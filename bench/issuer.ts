import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

/** Who asks: a person of the bench's realm with an access token. */
export type BenchUser = Readonly<{ id: string; name: string; token: string }>;

/** Longer than any run; Keycloak's own is five minutes. Seconds. */
const LIFETIME = 3_600;

/**
 * A realm that signs and publishes its key, and does nothing else. Keycloak hands out few tokens a second
 * (argon2) and is not on the path of a join: the service fetches its key once a minute.
 */
export type Issuer = AsyncDisposable &
  Readonly<{
    /** `http://host:port` */
    url: string;
    realm: string;
    /** The `iss` of the tokens. */
    issuer: string;
    /** The realm's public key, as PEM. */
    publicKey: string;
    user(number: number): BenchUser;
  }>;

/** @throws the listen error of a taken port */
export async function startIssuer(port: number): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const kid = randomUUID();
  const realm = 'bench';
  const url = `http://127.0.0.1:${port}`;
  const issuer = `${url}/realms/${realm}`;
  const keys = JSON.stringify({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }],
  });
  const server = createServer((request, response) => {
    const isKeys = request.url === `/realms/${realm}/protocol/openid-connect/certs`;
    response.writeHead(isKeys ? 200 : 404, { 'Content-Type': 'application/json' }).end(isKeys ? keys : '{}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url,
    realm,
    issuer,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    user(number) {
      const id = randomUUID();
      const name = `Bench User ${number}`;
      return { id, name, token: signed(claimsOf(id, `bench-user-${number}`, name, issuer), kid, privateKey) };
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What Keycloak 26.4 puts into an access token of this product's realm, claim by claim. */
function claimsOf(id: string, username: string, name: string, issuer: string): object {
  const now = Math.floor(Date.now() / 1_000);
  return {
    exp: now + LIFETIME,
    iat: now,
    jti: `onrtro:${randomUUID()}`,
    iss: issuer,
    aud: ['realtime-service', 'account'],
    sub: id,
    typ: 'Bearer',
    azp: 'web',
    sid: randomUUID(),
    acr: '1',
    'allowed-origins': ['http://localhost:8080'],
    realm_access: { roles: ['offline_access', 'uma_authorization', 'default-roles-meetings'] },
    resource_access: { account: { roles: ['manage-account', 'manage-account-links', 'view-profile'] } },
    scope: 'openid profile email',
    email_verified: true,
    name,
    preferred_username: username,
    given_name: 'Bench',
    family_name: name.slice('Bench '.length),
    email: `${username}@example.test`,
  };
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

function signed(claims: object, kid: string, key: KeyObject): string {
  const input = `${encoded({ alg: 'RS256', typ: 'JWT', kid })}.${encoded(claims)}`;
  return `${input}.${sign('RSA-SHA256', Buffer.from(input), key).toString('base64url')}`;
}
