import { describe, expect, it } from '@jest/globals';
import { noon } from '../../test/support/a-room.ts';
import { Secret } from '../config/index.ts';
import { passwordOf } from './credentials.ts';
import { createIceServers } from './ice-servers.ts';

const urls = ['turn:turn.test:3478', 'turns:turn.test:443?transport=tcp'];
const turn = { urls, secret: new Secret('a-turn-secret-of-our-own'), ttl: 3_600_000 };
const atOne = noon.getTime() / 1_000 + 3_600;

describe('a TURN password', () => {
  // RFC 2202, test cases 2 and 6; coturn itself is asked in test/turn.
  it.each([
    ['Jefe', 'what do ya want for nothing?', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
    ['\x0c'.repeat(20), 'Test With Truncation', '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  ])('is HMAC-SHA1 of the name, in base64 (key %j)', (key, name, hex) => {
    expect(passwordOf(key, name)).toBe(Buffer.from(hex, 'hex').toString('base64'));
  });
});

describe('the TURN servers of a user', () => {
  const iceServersFor = createIceServers({ turn, now: () => noon });

  it('come with a name that says until when they hold, and for whom', () => {
    expect(iceServersFor('alice')).toEqual([
      { urls, username: `${atOne}:alice`, credential: passwordOf(turn.secret.reveal(), `${atOne}:alice`) },
    ]);
  });

  it("have credentials that are this user's alone", () => {
    const [alice, bob] = ['alice', 'bob'].map((userId) => iceServersFor(userId)[0]);
    expect(alice?.credential).not.toBe(bob?.credential);
  });

  it('give away no secret', () => {
    expect(JSON.stringify(iceServersFor('alice'))).not.toContain(turn.secret.reveal());
  });

  it('are none where none is set', () => {
    expect(createIceServers({ turn: null, now: () => noon })('alice')).toEqual([]);
  });
});
