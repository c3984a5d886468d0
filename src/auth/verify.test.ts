import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { broken, type KeyServer, startKeyServer } from '../../test/support/key-server.ts';
import { newSigningPair } from '../../test/support/signing-key.ts';
import { ServiceError } from '../errors.ts';
import type { Principal } from './principal.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';
import { createAccessTokens, createJwtCheck } from './verify.ts';

const ISSUER = 'https://login.test/realms/meetings';
const rsa = newSigningPair('rsa');
const pss = newSigningPair('pss', 'PS256');
const ec = newSigningPair('ec', 'ES256');
const ec384 = newSigningPair('ec384', 'ES384');
const foreign = newSigningPair('rsa');

const now = () => Math.floor(Date.now() / 1_000);
const claims = (more: Record<string, unknown> = {}) => ({
  iss: ISSUER,
  aud: ['realtime-service', 'account'],
  azp: 'web',
  typ: 'Bearer',
  sub: 'alice',
  sid: 'a-session',
  iat: now(),
  exp: now() + 300,
  ...more,
});

let server: KeyServer;
let keys: SigningKeys;
beforeAll(async () => {
  server = await startKeyServer(rsa, pss, ec, ec384);
  keys = createSigningKeys(server.realmUrl, () => {});
});
afterAll(async () => {
  await keys[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('createJwtCheck', () => {
  const check = (token: string) =>
    createJwtCheck(keys, { issuer: ISSUER, audience: 'realtime-service' })(token);
  const invalid = { name: 'ServiceError', code: 'TOKEN_INVALID' };

  it.each([
    ['RSA', rsa],
    ['RSA-PSS', pss],
    ['EC P-256', ec],
    ['EC P-384', ec384],
  ])('answers the claims of a token that a key of the realm signed: %s', async (_kind, pair) => {
    await expect(check(pair.jwt(claims()))).resolves.toMatchObject({ sub: 'alice', sid: 'a-session' });
  });

  it.each<[string, () => string]>([
    ['a foreign key under a known id', () => foreign.jwt(claims())],
    ['a known key under an unknown id', () => rsa.jwt(claims(), { kid: 'unknown' })],
    ['a key under the id of another', () => rsa.jwt(claims(), { kid: 'pss' })],
    ['a key without an id', () => rsa.jwt(claims(), { kid: undefined })],
    ['a key whose id is no text', () => rsa.jwt(claims(), { kid: ['rsa'] })],
    ['a key with an algorithm that it is not for', () => rsa.jwt(claims(), { alg: 'RS512' })],
    ['no algorithm', () => rsa.jwt(claims(), { alg: 'none' })],
  ])('refuses a token that is signed by %s', async (_what, token) => {
    await expect(check(token())).rejects.toMatchObject(invalid);
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { iss: 'https://login.test/realms/other' }],
    ['of an issuer that only begins as ours', { iss: `${ISSUER}2` }],
    ['for another audience', { aud: 'account' }],
    ['that begins to hold in a minute', { nbf: now() + 60 }],
    ['whose expiry is no number', { exp: 'never' }],
  ])('refuses a token %s', async (_what, more) => {
    await expect(check(rsa.jwt(claims(more)))).rejects.toMatchObject(invalid);
  });

  it('names expiry, which a client mends by itself, by a code of its own', async () => {
    await expect(check(rsa.jwt(claims({ exp: now() - 10 })))).rejects.toMatchObject({
      code: 'TOKEN_EXPIRED',
    });
  });

  it('bears clocks that differ by a few seconds', async () => {
    await expect(check(rsa.jwt(claims({ exp: now() - 2 })))).resolves.toBeDefined();
    await expect(check(rsa.jwt(claims({ nbf: now() + 2 })))).resolves.toBeDefined();
  });

  it.each(['', '.', '..', 'hello', 'a.b.c', '💥.💥.💥', `${'e'.repeat(16_385)}`])(
    'refuses what is no token: %.20j',
    async (token) => {
      await expect(check(token)).rejects.toMatchObject(invalid);
    },
  );

  it('refuses a token that is too long before it looks at anything in it', async () => {
    const long = rsa.jwt(claims({ pad: 'x'.repeat(20_000) }));
    await expect(check(long)).rejects.toMatchObject({ ...invalid, message: 'This token is too long.' });
  });

  it('shows a caller nothing of the reason underneath', async () => {
    const error = await check(foreign.jwt(claims())).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'This token is not valid here.' });
  });

  it('says that it cannot know, when the keys were never had', async () => {
    await using down = await startKeyServer();
    down.answer(broken);
    await using none = createSigningKeys(down.realmUrl, () => {});
    await expect(createJwtCheck(none, {})(rsa.jwt(claims()))).rejects.toMatchObject({
      code: 'KEYCLOAK_UNAVAILABLE',
    });
  });
});

describe('createAccessTokens', () => {
  const seen: Principal[] = [];
  const verified: string[] = [];
  let revoked = false;
  const tokens = () =>
    createAccessTokens({
      keys,
      revocations: {
        check(principal) {
          seen.push(principal as Principal);
          if (revoked) throw new ServiceError('TOKEN_REVOKED', 'revoked');
        },
      },
      keycloak: { issuer: ISSUER, clientId: 'realtime-service', allowedClients: ['web'] },
      onVerified: ({ name }) => verified.push(name),
    });

  it('answers who the token is of, and asks whether it was revoked', async () => {
    const token = rsa.jwt(claims({ name: 'Alice' }));
    await expect(tokens().verify(token)).resolves.toMatchObject({ user: { id: 'alice', name: 'Alice' } });
    expect(seen.at(-1)).toMatchObject({ user: { id: 'alice' }, sessionId: 'a-session' });
  });

  it('refuses a token that was revoked', async () => {
    revoked = true;
    await expect(tokens().verify(rsa.jwt(claims()))).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
    revoked = false;
  });

  it.each<[string, Record<string, unknown>]>([
    ['of another type', { typ: 'ID' }],
    ['of another party', { azp: 'another-app' }],
    ['for another audience', { aud: ['account'] }],
    ['of another issuer', { iss: 'https://login.test/realms/other' }],
    ['without an audience', { aud: undefined }],
    ['without an expiry', { exp: undefined }],
  ])('refuses a token %s', async (_what, more) => {
    await expect(tokens().verify(rsa.jwt(claims(more)))).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('tells whose token was found good, and of no other', async () => {
    verified.length = 0;
    revoked = true;
    await expect(tokens().verify(rsa.jwt(claims({ name: 'Revoked' })))).rejects.toThrow();
    revoked = false;
    await expect(tokens().verify(foreign.jwt(claims({ name: 'Foreign' })))).rejects.toThrow();
    expect(verified).toEqual([]);
    await tokens().verify(rsa.jwt(claims({ name: 'Alice' })));
    expect(verified).toEqual(['Alice']);
  });

  it('asks about revocation only for tokens that hold otherwise', async () => {
    const before = seen.length;
    await tokens()
      .verify(foreign.jwt(claims()))
      .catch(() => {});
    expect(seen).toHaveLength(before);
  });
});
