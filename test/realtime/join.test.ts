import { describe, expect, it } from '@jest/globals';
import { DisconnectReason } from '@livekit/rtc-node';
import { AccessToken, RoomServiceClient, TokenVerifier } from 'livekit-server-sdk';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson, signIn } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { output } from '../support/stack.ts';

const livekit = new RoomServiceClient(
  output('LIVEKIT_URL'),
  output('LIVEKIT_API_KEY'),
  output('LIVEKIT_API_SECRET'),
);
const verifier = new TokenVerifier(output('LIVEKIT_API_KEY'), output('LIVEKIT_API_SECRET'));

describe('the join', () => {
  it('turns a Keycloak token into a LiveKit token that lets a real client into the real room', async () => {
    const [host, guest] = await Promise.all([newPerson('host'), newPerson('guest')]);
    const room = await newRoom(host.token);

    const joined = await join(room.id, guest.token);
    await using client = await connect(joined);

    expect(client.room.name).toBe(room.id);
    expect(client.room.localParticipant?.identity).toBe(guest.id);
    expect(client.room.localParticipant?.name).toBe('guest Test');
    expect(client.room.localParticipant?.attributes).toMatchObject({ role: 'PARTICIPANT' });
  });

  it('gives a token for this room, this user and two minutes, and no right beyond it', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token);

    const joined = await join(room.id, guest.token);
    const claims = await verifier.verify(joined.participant_token);

    expect(claims.sub).toBe(guest.id);
    expect(claims.video).toEqual({
      roomJoin: true,
      room: room.id,
      canSubscribe: true,
      canPublish: true,
      canPublishSources: ['camera', 'microphone'],
      canPublishData: false,
      canUpdateOwnMetadata: false,
    });
    expect((claims.exp ?? 0) - (claims.nbf ?? 0)).toBe(120);
    expect(new Date(joined.expiresAt).getTime() / 1_000).toBeCloseTo(claims.exp ?? 0, -1);
  });

  it('makes the LiveKit room with its limits, without a call before the first one connects', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token, { maxParticipants: 3 });
    const joined = await join(room.id, host.token);
    expect(await livekit.listRooms([room.id])).toHaveLength(0);

    await using _client = await connect(joined);
    const [made] = await livekit.listRooms([room.id]);
    // A net above our seats, the same for every room: a host may make theirs larger (src/livekit/mint.ts).
    expect(made?.maxParticipants).toBe(204);
    expect(made?.emptyTimeout).toBe(60);
  });

  it('lets someone come back to the seat they hold, in a full room too', async () => {
    const [host, guest, late] = await Promise.all([newPerson(), newPerson(), newPerson()]);
    const room = await newRoom(host.token, { maxParticipants: 2 });
    const first = await call('POST', `/rooms/${room.id}/join`, { token: guest.token });
    const again = await call('POST', `/rooms/${room.id}/join`, { token: guest.token });

    expect(again.status).toBe(201);
    expect(again.body['participant']).toEqual(first.body['participant']);
    const refused = await call('POST', `/rooms/${room.id}/join`, { token: late.token });
    expect([refused.status, refused.body['code']]).toEqual([409, 'ROOM_FULL']);
  });

  it('is the same at /token, with the room in the body', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const { status, body } = await call('POST', '/token', {
      token: host.token,
      body: { room_name: room.id },
    });
    expect(status).toBe(201);
    expect((await verifier.verify(String(body['participant_token']))).video?.room).toBe(room.id);
  });

  it('answers at the bare path of seed 002 too', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const { status } = await call('POST', `/rooms/${room.id}/join`, {
      token: host.token,
      base: output('PUBLIC_URL'),
    });
    expect(status).toBe(201);
  });

  it.each([
    ['participant_identity', 'someone-else', 403, 'IDENTITY_MISMATCH', undefined],
    ['room_name', 'another-room', 403, 'ROOM_MISMATCH', undefined],
    ['room_config', { max_participants: 1_000 }, 400, 'INVALID_REQUEST', 'body.room_config'],
    ['participant_attributes', { role: 'HOST' }, 400, 'INVALID_REQUEST', 'body.participant_attributes.role'],
    [
      'participant_attributes',
      { traceparent: 'x' },
      400,
      'INVALID_REQUEST',
      'body.participant_attributes.traceparent',
    ],
    ['participant_attributes', { a: 1 }, 400, 'INVALID_REQUEST', 'body.participant_attributes.a'],
  ])('refuses a body that claims %s %j', async (field, value, status, code, path) => {
    const token = await signIn('alice');
    const room = await newRoom(token);
    const answer = await call('POST', `/rooms/${room.id}/join`, { token, body: { [field]: value } });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    const errors = (answer.body['errors'] ?? []) as { path: string }[];
    expect(errors.map((error) => error.path)).toEqual(path === undefined ? [] : [path]);
  });

  it("takes LiveKit's contract: own attributes and metadata go into the token, a name does not", async () => {
    const token = await signIn('alice');
    const room = await newRoom(token);
    const body = {
      room_name: room.id,
      participant_name: 'The President',
      participant_metadata: '{"seat":1}',
      participant_attributes: { colour: 'green' },
      something_new: true,
    };
    const answer = await call('POST', `/rooms/${room.id}/join`, { token, body });
    const claims = await verifier.verify(String(answer.body['participant_token']));
    expect(claims.name).toBe('Alice Archer');
    expect(claims.metadata).toBe('{"seat":1}');
    expect(claims.attributes).toMatchObject({ colour: 'green', role: 'HOST' });
  });
});

describe('renewal', () => {
  it('gives a fresh token to who holds a seat, and to nobody else', async () => {
    const [host, guest, stranger] = await Promise.all([newPerson(), newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    await join(room.id, guest.token);

    expect((await call('POST', `/rooms/${room.id}/token`, { token: guest.token })).status).toBe(201);
    const refused = await call('POST', `/rooms/${room.id}/token`, { token: stranger.token });
    expect([refused.status, refused.body['code']]).toEqual([403, 'NO_SEAT']);

    await call('POST', `/rooms/${room.id}/leave`, { token: guest.token });
    const left = await call('POST', `/rooms/${room.id}/token`, { token: guest.token });
    expect([left.status, left.body['code']]).toEqual([403, 'NO_SEAT']);
  });
});

describe('leaving and ending', () => {
  it('leaves LiveKit as well', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    const client = await connect(await join(room.id, guest.token));

    expect((await call('POST', `/rooms/${room.id}/leave`, { token: guest.token })).status).toBe(204);
    expect(await client.disconnected).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    expect((await getRoom(room.id)).participants.map((who) => who.userId)).toEqual([host.id]);
  });

  it('disconnects everybody when the host ends the room, and lets nobody in afterwards', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    const client = await connect(await join(room.id, guest.token));

    const notHost = await call('DELETE', `/rooms/${room.id}`, { token: guest.token });
    expect([notHost.status, notHost.body['code']]).toEqual([403, 'NOT_HOST']);
    const ended = await call('DELETE', `/rooms/${room.id}`, { token: host.token });
    expect([ended.status, ended.body['status']]).toEqual([200, 'ENDED']);

    expect(await client.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    const late = await call('POST', `/rooms/${room.id}/join`, { token: guest.token });
    expect([late.status, late.body['code']]).toEqual([410, 'ROOM_ENDED']);
  });

  it('makes the longest-present host when the host leaves, and ends the room with the last', async () => {
    const [host, second, third] = await Promise.all([newPerson(), newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    await join(room.id, second.token);
    await join(room.id, third.token);

    await call('POST', `/rooms/${room.id}/leave`, { token: host.token });
    expect((await getRoom(room.id)).hostId).toBe(second.id);
    await call('POST', `/rooms/${room.id}/leave`, { token: second.token });
    await call('POST', `/rooms/${room.id}/leave`, { token: third.token });
    expect(await getRoom(room.id)).toMatchObject({ status: 'ENDED', joinedParticipants: 0 });
  });
});

describe('someone in LiveKit whom we did not admit', () => {
  const forged = async (roomId: string, identity: string): Promise<string> => {
    const token = new AccessToken(output('LIVEKIT_API_KEY'), output('LIVEKIT_API_SECRET'), {
      identity,
      ttl: 60,
    });
    token.addGrant({ roomJoin: true, room: roomId });
    return token.toJwt();
  };

  it('is removed at once when they were never admitted', async () => {
    const host = await newPerson();
    const room = await newRoom(host.token);
    const participant_token = await forged(room.id, 'an-intruder');
    const client = await connect({ server_url: output('LIVEKIT_PUBLIC_URL'), participant_token });
    expect(await client.disconnected).toBe(DisconnectReason.PARTICIPANT_REMOVED);
  });

  it('is removed when the room has ended and an old token makes it anew in LiveKit', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token);
    const joined = await join(room.id, guest.token);
    await call('DELETE', `/rooms/${room.id}`, { token: host.token });

    const client = await connect(joined);
    expect(await client.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    await eventually(async () => expect(await livekit.listParticipants(room.id).catch(() => [])).toEqual([]));
  });
});
