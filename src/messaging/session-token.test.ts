import { describe, expect, it } from '@jest/globals';
import { aPrincipal, minutesAfterNoon, noon } from '../../test/support/a-room.ts';
import { Secret } from '../config/index.ts';
import { ServiceError } from '../errors.ts';
import { createSessionTokens } from './session-token.ts';

function tokensAt(minutes: number, checkRevoked: (who: { sessionId: string | null }) => void = () => {}) {
  return createSessionTokens({
    token: { secret: new Secret('a'.repeat(32)), ttl: 600_000 },
    checkRevoked,
    now: () => minutesAfterNoon(minutes),
  });
}
const alice = aPrincipal('alice', { sessionId: 'her-session' });
const { token, expiresAt } = tokensAt(0).mint('a-room', alice);
const coded = (code: string) => expect.objectContaining({ code });

describe('a session token', () => {
  it('says whose it is, for which room, of which sign-in, and until when', () => {
    expect(expiresAt).toEqual(minutesAfterNoon(10));
    expect(tokensAt(9).verify(token)).toEqual({
      roomId: 'a-room',
      principal: { ...alice, expiresAt: expiresAt.getTime() / 1_000 },
    });
  });

  it('holds until its time, and no longer', () => {
    expect(() => tokensAt(9.99).verify(token)).not.toThrow();
    expect(() => tokensAt(10).verify(token)).toThrow(coded('TOKEN_EXPIRED'));
  });

  it('does not hold once its sign-in was revoked', () => {
    const revoked = tokensAt(1, ({ sessionId }) => {
      if (sessionId === 'her-session') throw new ServiceError('TOKEN_REVOKED', 'revoked');
    });
    expect(() => revoked.verify(token)).toThrow(coded('TOKEN_REVOKED'));
    expect(() => revoked.renew(token, 'a-room', 'alice')).toThrow(coded('TOKEN_REVOKED'));
  });

  it('is renewed as one of the same sign-in', () => {
    const renewed = tokensAt(9).renew(token, 'a-room', 'alice');
    expect(renewed.expiresAt).toEqual(minutesAfterNoon(19));
    expect(tokensAt(18).verify(renewed.token).principal).toMatchObject({
      sessionId: 'her-session',
      issuedAt: noon.getTime() / 1_000,
    });
  });

  it('is renewed for nobody else, for no other room, and not once it has ended', () => {
    expect(() => tokensAt(1).renew(token, 'a-room', 'bob')).toThrow(coded('IDENTITY_MISMATCH'));
    expect(() => tokensAt(1).renew(token, 'another', 'alice')).toThrow(coded('ROOM_MISMATCH'));
    expect(() => tokensAt(11).renew(token, 'a-room', 'alice')).toThrow(coded('TOKEN_EXPIRED'));
  });
});
