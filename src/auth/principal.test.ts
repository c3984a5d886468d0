import { describe, expect, it } from '@jest/globals';
import { principalFrom } from './principal.ts';

const claims = {
  typ: 'Bearer',
  azp: 'web',
  sub: '6f1f6a3e-alice',
  sid: 'a-session',
  iat: 1_000,
  exp: 1_300,
  name: 'Alice Archer',
  preferred_username: 'alice',
};
const from = (more: Record<string, unknown>) => principalFrom({ ...claims, ...more }, ['web', 'mobile']);
const invalid = expect.objectContaining({ code: 'TOKEN_INVALID' });

describe('principalFrom', () => {
  it('reads who is asking, in which session and until when', () => {
    expect(from({})).toEqual({
      user: { id: '6f1f6a3e-alice', name: 'Alice Archer' },
      sessionId: 'a-session',
      issuedAt: 1_000,
      expiresAt: 1_300,
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['no type', { typ: undefined }],
    ['the type of an ID token', { typ: 'ID' }],
    ['the type of a refresh token', { typ: 'Refresh' }],
    ['the type of a logout token', { typ: 'Logout' }],
    ['a type in other letters', { typ: 'bearer' }],
    ['no party', { azp: undefined }],
    ['a party that we do not serve', { azp: 'another-app' }],
    ['several parties', { azp: ['web'] }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that is no text', { sub: { $ne: null } }],
    ['a subject with a space', { sub: 'alice archer' }],
    ['a subject with a line end', { sub: 'alice\n' }],
    ['a subject with a control character', { sub: 'alice\u0000' }],
    ['a subject that names a device', { sub: 'alice~phone' }],
    ['a subject of 256 characters', { sub: 'a'.repeat(256) }],
    ['no time of issue', { iat: undefined }],
    ['a time of issue that is no number', { iat: '1000' }],
    ['no expiry', { exp: undefined }],
    ['an expiry that is no number', { exp: '1300' }],
  ])('refuses a token with %s', (_what, more) => {
    expect(() => from(more)).toThrow(invalid);
  });

  it('serves every client that is allowed, and none when none is', () => {
    expect(from({ azp: 'mobile' }).user.id).toBe('6f1f6a3e-alice');
    expect(() => principalFrom(claims, [])).toThrow(invalid);
  });

  it('takes a subject of any form that Keycloak or a wallet has', () => {
    for (const sub of ['f:1-2:alice', 'wallet:0xAbC', 'Ünïcode', 'a'.repeat(255)])
      expect(from({ sub }).user.id).toBe(sub);
  });

  it.each<[string, unknown, unknown, string]>([
    ['the name', 'Alice', 'alice', 'Alice'],
    ['the name, trimmed', '  Alice  ', 'alice', 'Alice'],
    ['the username when there is no name', undefined, 'alice', 'alice'],
    ['the username when the name is blank', '   ', 'alice', 'alice'],
    ['the username when the name is no text', ['Alice'], 'alice', 'alice'],
    ['the id when there is neither', undefined, undefined, '6f1f6a3e-alice'],
  ])('shows others %s', (_what, name, preferred_username, shown) => {
    expect(from({ name, preferred_username }).user.name).toBe(shown);
  });

  it('bounds what it shows others', () => {
    expect(from({ name: 'a'.repeat(10_000) }).user.name).toHaveLength(255);
  });

  it('knows no session in a token without one', () => {
    expect(from({ sid: undefined }).sessionId).toBeNull();
    expect(from({ sid: 42 }).sessionId).toBeNull();
  });
});
