import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, newRoom } from '../support/client.ts';
import { hmac, type Issuer, startIssuer, unsigned } from '../support/issuer.ts';
import { administer, create, grant, newUser, realmUrl, signIn } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';
import { output } from '../support/stack.ts';

/** The catalogue of spec/9-reliability.md, "Bad input". */
describe('an access token', () => {
  let issuer: Issuer;
  let service: Awaited<ReturnType<typeof startInstance>>;

  beforeAll(async () => {
    issuer = await startIssuer();
    service = await startInstance({ KEYCLOAK_ISSUER: issuer.url, LOG_LEVEL: 'error' });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await issuer[Symbol.asyncDispose]();
  });

  const tryWith = (token: string) =>
    call('POST', '/rooms', { token, body: { title: 'x' }, base: service.api });
  const seconds = () => Math.floor(Date.now() / 1_000);
  const publicPem = () => String(issuer.publicKey.export({ type: 'spki', format: 'pem' }));
  const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

  it('that is as it must be is taken, so that the refusals below mean something', async () => {
    expect((await tryWith(issuer.token())).status).toBe(201);
  });

  const attacks: [string, string, () => string][] = [
    [
      'with no algorithm',
      'TOKEN_INVALID',
      () => issuer.token({ header: { alg: 'none' }, signature: unsigned }),
    ],
    [
      'with algorithm "nOnE"',
      'TOKEN_INVALID',
      () => issuer.token({ header: { alg: 'nOnE' }, signature: unsigned }),
    ],
    [
      'signed HS256 with our public key',
      'TOKEN_INVALID',
      () => issuer.token({ header: { alg: 'HS256' }, signature: hmac(publicPem()) }),
    ],
    [
      'signed HS256 with an empty secret',
      'TOKEN_INVALID',
      () => issuer.token({ header: { alg: 'HS256' }, signature: hmac('') }),
    ],
    [
      'signed with a foreign key under our key id',
      'TOKEN_INVALID',
      () => issuer.token({ signature: (input) => sign('RSA-SHA256', Buffer.from(input), foreignKey) }),
    ],
    ['with its signature cut off', 'TOKEN_INVALID', () => issuer.token({ signature: unsigned })],
    [
      'that names another algorithm than the key is for',
      'TOKEN_INVALID',
      () => issuer.token({ header: { alg: 'PS256' } }),
    ],
    [
      'of another issuer',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ iss: 'http://127.0.0.1/realms/other' }) }),
    ],
    [
      'for another audience',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ aud: 'account' }) }),
    ],
    [
      'without an audience',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ aud: undefined }) }),
    ],
    ['that is an ID token', 'TOKEN_INVALID', () => issuer.token({ claims: issuer.claims({ typ: 'ID' }) })],
    [
      'that is a refresh token',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ typ: 'Refresh' }) }),
    ],
    ['without a type', 'TOKEN_INVALID', () => issuer.token({ claims: issuer.claims({ typ: undefined }) })],
    [
      'issued to another party',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ azp: 'another-app' }) }),
    ],
    ['without a party', 'TOKEN_INVALID', () => issuer.token({ claims: issuer.claims({ azp: undefined }) })],
    [
      'that has expired',
      'TOKEN_EXPIRED',
      () => issuer.token({ claims: issuer.claims({ exp: seconds() - 10 }) }),
    ],
    [
      'that never expires',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ exp: undefined }) }),
    ],
    [
      'that is not valid yet',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ nbf: seconds() + 60 }) }),
    ],
    ['with an unknown key id', 'TOKEN_INVALID', () => issuer.token({ header: { kid: 'unknown' } })],
    ['without a key id', 'TOKEN_INVALID', () => issuer.token({ header: { kid: undefined } })],
    [
      'with a path as key id',
      'TOKEN_INVALID',
      () => issuer.token({ header: { kid: '../../../../etc/passwd' } }),
    ],
    ['with an injection as key id', 'TOKEN_INVALID', () => issuer.token({ header: { kid: { $ne: null } } })],
    ['with "__proto__" as key id', 'TOKEN_INVALID', () => issuer.token({ header: { kid: '__proto__' } })],
    [
      'that brings its own key',
      'TOKEN_INVALID',
      () =>
        issuer.token({
          header: { kid: 'x', jwk: issuer.publicKey.export({ format: 'jwk' }), jku: 'http://127.0.0.1:9/' },
        }),
    ],
    ['without a subject', 'TOKEN_INVALID', () => issuer.token({ claims: issuer.claims({ sub: undefined }) })],
    [
      'whose subject is a device',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ sub: 'alice~phone' }) }),
    ],
    [
      'whose subject is not text',
      'TOKEN_INVALID',
      () => issuer.token({ claims: issuer.claims({ sub: { $gt: '' } }) }),
    ],
    ['that is no JWT', 'TOKEN_INVALID', () => 'hello'],
    ['of dots', 'TOKEN_INVALID', () => '..'],
    ['of broken JSON', 'TOKEN_INVALID', () => `${Buffer.from('{').toString('base64url')}.e30.AAAA`],
    [
      'of 17 KB',
      'HEADERS_TOO_LARGE',
      () => issuer.token({ claims: issuer.claims({ pad: 'x'.repeat(13_000) }) }),
    ],
    ['of 100 KB', 'HEADERS_TOO_LARGE', () => 'e'.repeat(100_000)],
  ];

  it.each(attacks)('%s is refused: %s', async (_name, code, make) => {
    const answer = await tryWith(make());
    expect(answer.body['code']).toBe(code);
    expect(answer.status).toBe(code === 'HEADERS_TOO_LARGE' ? 431 : 401);
    if (answer.status === 401)
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it.each([
    ['no header', {}, 'UNAUTHENTICATED'],
    ['a password', { authorization: 'Basic YWxpY2U6YWxpY2U=' }, 'TOKEN_INVALID'],
    ['two tokens', { authorization: 'Bearer a b' }, 'TOKEN_INVALID'],
    ['an empty token', { authorization: 'Bearer ' }, 'TOKEN_INVALID'],
  ])('must come as a bearer: %s is refused', async (_name, headers, code) => {
    const answer = await call('POST', '/rooms', { headers, body: { title: 'x' }, base: service.api });
    expect([answer.status, answer.body['code']]).toEqual([401, code]);
  });

  it('in the address is not looked at', async () => {
    const answer = await call('POST', `/rooms?access_token=${issuer.token()}`, {
      body: { title: 'x' },
      base: service.api,
    });
    expect([answer.status, answer.body['code']]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('is refused on every route that needs one', async () => {
    const token = issuer.token({ claims: issuer.claims({ exp: seconds() - 60 }) });
    const routes = [
      ['POST', '/rooms'],
      ['POST', '/rooms/x/join'],
      ['POST', '/rooms/x/token'],
      ['POST', '/rooms/x/leave'],
      ['DELETE', '/rooms/x'],
      ['POST', '/token'],
      ['GET', '/rooms/x'],
      ['GET', '/admin/rooms'],
      ['DELETE', '/admin/rooms/x'],
    ] as const;
    for (const [method, path] of routes) {
      const answer = await call(method, path, { token, base: service.api });
      expect([method, path, answer.status, answer.body['code']]).toEqual([
        method,
        path,
        401,
        'TOKEN_EXPIRED',
      ]);
    }
  });

  it('of an unknown key id asks Keycloak again only now and then, and known ones go on working', async () => {
    const unknown = Array.from({ length: 50 }, (_, index) =>
      tryWith(issuer.token({ header: { kid: `unknown-${index}` } })),
    );
    for (const { status } of await Promise.all(unknown)) expect(status).toBe(401);
    expect((await tryWith(issuer.token())).status).toBe(201);
  });
});

describe("a real Keycloak's tokens", () => {
  it('of an ID, of a refresh, of another realm and of another client are refused', async () => {
    const user = await newUser('real');
    const tokens = await grant(`${realmUrl}/protocol/openid-connect/token`, {
      client_id: 'web',
      username: user.username,
      password: user.password,
    });
    const master = await grant(`${output('KEYCLOAK_URL')}/realms/master/protocol/openid-connect/token`, {
      client_id: 'admin-cli',
      username: 'admin',
      password: 'admin',
    });
    const clientId = `foreign-${crypto.randomUUID().slice(0, 8)}`;
    const id = await create('/clients', { clientId, publicClient: true, directAccessGrantsEnabled: true });
    const foreign = await signIn(user.username, user.password, clientId);
    const room = await newRoom(tokens.access_token);
    for (const token of [tokens.id_token ?? '', tokens.refresh_token, master.access_token, foreign]) {
      const answer = await call('POST', `/rooms/${room.id}/join`, { token });
      expect([answer.status, answer.body['code']]).toEqual([401, 'TOKEN_INVALID']);
    }
    await administer('DELETE', `/clients/${id}`);
  });
});
