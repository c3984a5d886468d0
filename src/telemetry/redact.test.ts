import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Secret } from '../config/index.ts';
import { redact, redactText } from './redact.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Shaped as Keycloak's are; signed by nobody. */
const JWT = `${encode({ alg: 'RS256', typ: 'JWT', kid: 'k' })}.${encode({ sub: 'alice', exp: 1 })}.c2lnbmF0dXJlLXNpZ25hdHVyZQ`;

describe('redactText', () => {
  it.each([
    ['alone', JWT],
    ['in a sentence', `the token ${JWT} is bad`],
    ['in quotes', `"${JWT}"`],
    ['in a URL', `http://localhost/x?access_token=${JWT}&y=1`],
    ['in a header', `authorization: Bearer ${JWT}`],
    ['twice', `${JWT} and ${JWT}`],
    ['with its signature cut off', JWT.split('.').slice(0, 2).join('.')],
    ['with its signature empty', `${JWT.split('.').slice(0, 2).join('.')}.`],
  ])('hides a JWT %s', (_where, text) => {
    const safe = redactText(text);
    expect(safe).toContain('[secret]');
    for (const part of JWT.split('.')) expect(safe).not.toContain(part);
  });

  it('hides the password of a URL and leaves what helps to find the fault', () => {
    expect(redactText('cannot reach mongodb://ann:pass%2Fword@db.test:27017/x today')).toBe(
      'cannot reach mongodb://ann:[secret]@db.test:27017/x today',
    );
    expect(redactText('redis://:hunter2@cache.test')).toBe('redis://:[secret]@cache.test');
  });

  it.each(['Bearer abcdefgh1234', 'bearer abc.def~+/=-123', 'BASIC YWxpY2U6YWxpY2U='])('hides %j', (text) => {
    expect(redactText(`authorization was ${text}`)).toBe(`authorization was ${text.split(' ')[0]} [secret]`);
  });

  it.each([
    'the room 0a8d6c1e-6f0f-4a55-9b1e-1f6b9c2d3e4f is full',
    'GET http://localhost:8080/api/realtime/rooms?q=a:b@c',
    'eyJ is how tokens begin',
    'connect ECONNREFUSED 127.0.0.1:27017',
    '',
  ])('leaves alone what is no secret: %j', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe('redact', () => {
  it.each([
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'password',
    'userPassword',
    'secret',
    'clientSecret',
    'LIVEKIT_API_SECRET',
    'apiKey',
    'api_key',
    'x-api-key',
    'credential',
    'token',
    'access_token',
    'participant_token',
    'refreshToken',
    'jwt',
  ])('hides whatever stands under the name %s', (name) => {
    for (const value of ['hunter2', 42, ['hunter2'], { deep: 'hunter2' }, null])
      expect(redact({ [name]: value })).toEqual({ [name]: '[secret]' });
  });

  it.each(['tokenExpiresAt', 'roomId', 'keys', 'author', 'secretary'.slice(0, 4), 'tokens'])(
    'shows what stands under the name %s',
    (name) => expect(redact({ [name]: 'shown' })).toEqual({ [name]: 'shown' }),
  );

  it('hides a Secret wherever it is, by its type', () => {
    const secret = new Secret('hunter2');
    expect(redact(secret)).toBe('[secret]');
    expect(redact({ a: [secret, { b: secret }] })).toEqual({ a: ['[secret]', { b: '[secret]' }] });
  });

  it('makes of an error its name, code, message, stack and cause, without the secrets in them', () => {
    const cause = Object.assign(new TypeError(`bad token ${JWT}`), { code: 'ERR_X' });
    const error = new Error('cannot reach redis://:hunter2@cache', { cause });
    const safe = redact({ error }) as { error: Record<string, unknown> };
    expect(safe.error).toMatchObject({
      name: 'Error',
      message: 'cannot reach redis://:[secret]@cache',
      stack: expect.stringContaining('redact.test.ts'),
      cause: { name: 'TypeError', code: 'ERR_X', message: 'bad token [secret]' },
    });
    expect(JSON.stringify(safe)).not.toContain('hunter2');
    expect(JSON.stringify(safe)).not.toContain(JWT);
  });

  it('takes a cause that is no error', () => {
    expect(redact(new Error('x', { cause: { password: 'hunter2' } }))).toMatchObject({
      cause: { password: '[secret]' },
    });
  });

  it('ends at a cycle', () => {
    const cycle: Record<string, unknown> = { name: 'a' };
    cycle['self'] = cycle;
    expect(JSON.stringify(redact(cycle))).toContain('[deep]');
    const error = new Error('a');
    error.cause = error;
    expect(JSON.stringify(redact(error))).toContain('[deep]');
  });

  it('shows nothing of what lies too deep', () => {
    const deep = { a: { a: { a: { a: { a: { a: { a: 'hunter2' } } } } } } };
    expect(JSON.stringify(redact(deep))).not.toContain('hunter2');
    expect(JSON.stringify(redact(deep))).toContain('[deep]');
  });

  it('keeps what JSON can hold, and makes the rest so', () => {
    const at = new Date('2026-01-01T12:00:00Z');
    expect(redact({ n: 1, yes: true, no: null, none: undefined, big: 10n, at, f: () => 1 })).toEqual({
      n: 1,
      yes: true,
      no: null,
      none: undefined,
      big: '10',
      at: '2026-01-01T12:00:00.000Z',
      f: undefined,
    });
  });

  it('bears a date that is none', () => {
    expect(redact({ at: new Date(Number.NaN) })).toEqual({ at: null });
  });

  it('leaves what it was given as it was', () => {
    const given = Object.freeze({ password: 'hunter2', list: Object.freeze([JWT]) });
    redact(given);
    expect(given).toEqual({ password: 'hunter2', list: [JWT] });
  });

  it('lets no JWT through, however what holds it is shaped', () => {
    const holding = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        fc.constant(JWT),
        fc.string().map((text) => `${text} ${JWT} ${text}`),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('any'), { maxKeys: 3 }),
        tie('any').map((cause) => new Error(`${JWT} failed`, { cause })),
      ),
    })).any;
    fc.assert(
      fc.property(holding, (value) => {
        expect(JSON.stringify(redact(value)) ?? '').not.toContain(JWT);
      }),
    );
  });
});
