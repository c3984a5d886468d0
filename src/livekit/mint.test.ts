import { describe, expect, it } from '@jest/globals';
import { TokenVerifier } from 'livekit-server-sdk';
import { aRoom, aSeat, noon } from '../../test/support/a-room.ts';
import { Secret } from '../config/index.ts';
import { participantIn, type Room } from '../rooms/index.ts';
import { createMint, type Extras } from './mint.ts';

const apiKey = 'a-key';
const secret = 'an-api-secret-of-at-least-32-characters';
const livekit = {
  url: 'http://livekit.test',
  publicUrl: 'wss://livekit.test',
  apiKey,
  apiSecret: new Secret(secret),
  tokenTtl: 90_000,
};
const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

async function minted(
  userId = 'guest',
  more: { room?: Partial<Room>; traceparent?: string; extras?: Extras } = {},
) {
  const seat = aSeat(userId, { name: `Name of ${userId}` });
  const room = aRoom({ seats: [seat], ...more.room });
  const mint = createMint({ livekit, now: () => noon });
  const { token, expiresAt } = await mint(
    { room, participant: participantIn(room, seat) },
    more.traceparent,
    more.extras,
  );
  return { token, expiresAt, claims: await new TokenVerifier(apiKey, secret).verify(token) };
}

describe('a LiveKit token', () => {
  it('is for this user and this room, as the role allows', async () => {
    const { claims } = await minted('guest');
    expect(claims).toMatchObject({
      iss: apiKey,
      sub: 'guest',
      name: 'Name of guest',
      video: {
        roomJoin: true,
        room: 'a-room',
        canPublishSources: ['camera', 'microphone'],
        canPublishData: false,
      },
    });
    expect(claims.video?.roomAdmin).toBeUndefined();
    expect(claims.video?.roomCreate).toBeUndefined();
  });

  it('says the role: a host is HOST', async () => {
    expect((await minted('guest')).claims.attributes).toEqual({ role: 'PARTICIPANT' });
    expect((await minted('host')).claims.attributes).toEqual({ role: 'HOST' });
  });

  it('holds as long as it is told to, and says until when', async () => {
    const { claims, expiresAt } = await minted();
    expect((claims.exp ?? 0) - (claims.nbf ?? 0)).toBe(90);
    expect(expiresAt).toEqual(new Date(noon.getTime() + 90_000));
  });

  it('carries the trace of the join, and no attribute for it when nothing is traced', async () => {
    expect((await minted('guest', { traceparent: TRACEPARENT })).claims.attributes).toEqual({
      role: 'PARTICIPANT',
      traceparent: TRACEPARENT,
    });
    expect((await minted()).claims.attributes).not.toHaveProperty('traceparent');
  });

  it('carries what the client adds of its own, which never stands for ours', async () => {
    const extras = {
      attributes: { colour: 'green', role: 'HOST', traceparent: 'mine' },
      metadata: '{"a":1}',
    };
    const { claims } = await minted('guest', { traceparent: TRACEPARENT, extras });
    expect(claims.attributes).toEqual({ colour: 'green', role: 'PARTICIPANT', traceparent: TRACEPARENT });
    expect(claims.metadata).toBe('{"a":1}');
  });

  it('of a connection that does one thing only allows no more', async () => {
    const publishing = await minted('guest', { extras: { may: { publish: true, subscribe: false } } });
    expect(publishing.claims.video).toMatchObject({ canPublish: true, canSubscribe: false });
    const receiving = await minted('guest', { extras: { may: { publish: false, subscribe: true } } });
    expect(receiving.claims.video).toMatchObject({ canPublish: false, canSubscribe: true });
  });

  it("carries the room's settings, and a net above the seats that is the same for rooms of any size", async () => {
    for (const maxParticipants of [2, 10, 100]) {
      const { claims } = await minted('guest', { room: { maxParticipants } });
      expect(claims.roomConfig).toMatchObject({
        name: 'a-room',
        emptyTimeout: 60,
        departureTimeout: 20,
        maxParticipants: 204,
      });
    }
  });

  it('gives away no secret', async () => {
    const { token } = await minted();
    const [, payload = ''] = token.split('.');
    expect(Buffer.from(payload, 'base64url').toString()).not.toContain(secret);
  });
});
