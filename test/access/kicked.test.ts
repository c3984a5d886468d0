import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DisconnectReason } from '@livekit/rtc-node';
import { AccessToken } from 'livekit-server-sdk';
import mongoose from 'mongoose';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { connect } from '../support/livekit-client.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { instanceApis, output, stack } from '../support/stack.ts';
import { type Person, people } from './people.ts';

/** Out means out: at once, through every door, at every instance, and for good. */

const [one = '', two = ''] = stack.instances;
const [apiOne = '', apiTwo = ''] = instanceApis;

let mongo: mongoose.Connection;
beforeAll(async () => {
  mongo = await mongoose.createConnection(output('MONGO_URL')).asPromise();
});
afterAll(() => mongo.close());
const stored = () => mongo.collection<{ _id: string; outbox: unknown[]; kicked: string[] }>('rooms');

/** Whatever follows from what happened in a room so far has been done. */
const carriedOn = (roomId: string) =>
  eventually(async () => expect((await stored().findOne({ _id: roomId }))?.outbox).toEqual([]));

const kick = (roomId: string, host: Person, { id }: { id: string }, base = apiOne) =>
  call('POST', `/rooms/${roomId}/kick/${id}`, { token: host.token, base });
const forgive = (roomId: string, host: Person, { id }: Person, base = apiTwo) =>
  call('DELETE', `/rooms/${roomId}/kick/${id}`, { token: host.token, base });

async function inRoom(roomId: string, { token }: Person, instance: string): Promise<TestSocket> {
  const socket = await openSocket(token, instance);
  await socket.do('room:join', { roomId });
  return socket;
}

/** What the lobby says comes at any time. */
const withoutLobby = (socket: TestSocket): string[] =>
  socket.heard.map(({ name }) => name).filter((name) => name !== 'room:list-update');

/** Whatever may happen in a room, through a socket of theirs in it, until the witnesses have heard it all. */
async function muchHappens(socket: TestSocket, { id }: Person, ...witnesses: TestSocket[]): Promise<void> {
  await socket.do('chat:message', { message: 'Among us' });
  await socket.do('hand:raise');
  await socket.do('hand:lower');
  await socket.do('media:toggle-mic', { isMuted: true });
  await socket.do('media:toggle-video', { isVideoOff: true });
  for (const witness of witnesses) await witness.hear('media:user-video', ({ userId }) => userId === id);
}

/** Whatever was on its way to these sockets has come: answers come after it. */
async function settle(...sockets: TestSocket[]): Promise<void> {
  for (const socket of sockets) await socket.ask('hand:lower');
}

/** Each way in, with what came of it: the code of the refusal, or `in`. */
async function everyWayIn(roomId: string, { token }: Person): Promise<Record<string, string>> {
  const ways: Record<string, string> = {};
  for (const [index, base] of instanceApis.entries()) {
    const asked: [string, string, string, object?][] = [
      ['join', 'POST', `/rooms/${roomId}/join`],
      ['token', 'POST', '/token', { room_name: roomId }],
      ['renewal', 'POST', `/rooms/${roomId}/token`],
      ['chat', 'GET', `/rooms/${roomId}/chat`],
    ];
    for (const [name, method, path, body] of asked) {
      const answer = await call(method, path, { token, base, ...(body ? { body } : {}) });
      ways[`${name} at ${index}`] = answer.status < 300 ? 'in' : String(answer.body['code']);
    }
    await using socket = await openSocket(token, stack.instances[index] ?? '');
    const { ok, error } = await socket.ask('room:join', { roomId });
    ways[`socket at ${index}`] = ok ? 'in' : String(error?.code);
  }
  return ways;
}

const sameFor = (what: string): Record<string, string> =>
  Object.fromEntries(
    [0, 1].flatMap((index) =>
      ['join', 'token', 'renewal', 'chat', 'socket'].map((way) => [`${way} at ${index}`, what]),
    ),
  );

describe('one who is kicked', () => {
  it('is out at once through every door, and hears nothing of the room any more', async () => {
    const [host, witness, bob] = await people('host', 'witness', 'bob');
    const room = await newRoom(host.token);
    const client = await connect(await join(room.id, bob.token));
    await using actor = await inRoom(room.id, host, two);
    await using witnessAtOne = await inRoom(room.id, witness, one);
    await using witnessAtTwo = await inRoom(room.id, witness, two);
    await using tabAtOne = await inRoom(room.id, bob, one);
    await using tabAtTwo = await inRoom(room.id, bob, two);
    for (const tab of [tabAtOne, tabAtTwo]) tab.clear();

    expect(await kick(room.id, host, bob)).toMatchObject({ status: 200, body: { livekit: 'done' } });

    expect(await client.disconnected).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    for (const tab of [tabAtOne, tabAtTwo]) await tab.hear('lobby:entered');
    for (const seen of [witnessAtOne, witnessAtTwo])
      expect(await seen.hear('room:user-kicked')).toEqual({ userId: bob.id });
    await muchHappens(actor, host, witnessAtOne, witnessAtTwo);
    await muchHappens(witnessAtOne, witness, witnessAtOne, witnessAtTwo);
    await settle(tabAtOne, tabAtTwo);
    for (const tab of [tabAtOne, tabAtTwo]) {
      expect(withoutLobby(tab)).toEqual(['room:user-kicked', 'lobby:entered']);
      expect(tab.all('room:user-kicked')).toEqual([{ userId: bob.id }]);
    }
    const { participants } = await getRoom(room.id);
    expect(participants.map(({ userId }) => userId)).toEqual([host.id, witness.id]);
  });

  it('is in the lobby then, at both instances: hears of other rooms, and may be in them', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    await using tabAtOne = await inRoom(room.id, bob, one);
    await using tabAtTwo = await inRoom(room.id, bob, two);
    await kick(room.id, host, bob);
    for (const tab of [tabAtOne, tabAtTwo]) await tab.hear('room:user-kicked');

    const other = await newRoom(host.token);
    for (const tab of [tabAtOne, tabAtTwo]) {
      await tab.hear('room:list-update', ({ room: listed }) => (listed as { id: string }).id === other.id);
      expect(await tab.ask('room:join', { roomId: other.id })).toMatchObject({ ok: true });
    }
  });

  it('finds every way back shut, at both instances', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    await join(room.id, bob.token);
    await kick(room.id, host, bob);

    expect(await everyWayIn(room.id, bob)).toEqual(sameFor('KICKED'));
    expect((await getRoom(room.id)).joinedParticipants).toBe(1);
  });

  it('finds every way into a private room shut that they were invited to, and can no longer look in', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token, { access: 'private', invited: [bob.id] });
    await join(room.id, bob.token);
    await kick(room.id, host, bob);

    expect(await everyWayIn(room.id, bob)).toEqual(sameFor('KICKED'));
    for (const path of ['', '/participants']) {
      const { status, body } = await call('GET', `/rooms/${room.id}${path}`, {
        token: bob.token,
        base: apiTwo,
      });
      expect([path, status, body['code']]).toEqual([path, 403, 'KICKED']);
    }
  });

  it('is refused by the open sockets too: to speak, to signal, to come back', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    await using hosts = await inRoom(room.id, host, one);
    await using tabAtOne = await inRoom(room.id, bob, one);
    await using tabAtTwo = await inRoom(room.id, bob, two);
    await kick(room.id, host, bob, apiTwo);
    for (const tab of [tabAtOne, tabAtTwo])
      await tab.hear('lobby:entered', () => tab.all('lobby:entered').length > 1);
    hosts.clear();

    const signal = { sdp: 'v=0', targetUserId: host.id };
    for (const tab of [tabAtOne, tabAtTwo]) {
      const asked = [
        await tab.ask('room:join', { roomId: room.id }),
        await tab.ask('room:leave', { roomId: room.id }),
        await tab.ask('chat:message', { message: 'Hear me!' }),
        await tab.ask('webrtc:offer', signal),
        await tab.ask('webrtc:answer', signal),
        await tab.ask('webrtc:ice-candidate', { candidate: null, targetUserId: host.id }),
        await tab.ask('hand:raise'),
        await tab.ask('media:toggle-mic', { isMuted: true }),
      ];
      const codes = asked.map(({ error }) => error?.code);
      expect(codes).toEqual(['KICKED', ...Array(7).fill('NO_SEAT')]);
    }
    for (const event of ['webrtc:offer', 'webrtc:answer'])
      expect(await hosts.ask(event, { ...signal, targetUserId: bob.id })).toMatchObject({
        ok: false,
        error: { code: 'NO_SUCH_PARTICIPANT' },
      });
    await hosts.do('hand:raise');
    await hosts.hear('hand:raised');
    expect(withoutLobby(hosts)).toEqual(['hand:raised']);
    expect(tabAtOne.all('webrtc:offer')).toEqual([]);
  });

  it('who was cut off meanwhile, and comes back to the other instance, is told, and is not in', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    await using hosts = await inRoom(room.id, host, two);
    await using tab = await inRoom(room.id, bob, one);
    await hosts.do('chat:message', { message: 'The last that they hear' });
    await tab.hear('chat:message');
    tab.moveTo(two);
    tab.socket.io.reconnection(false);
    tab.cut();
    await eventually(() => expect(tab.cuts).toHaveLength(1));
    await kick(room.id, host, bob);
    await hosts.do('chat:message', { message: 'Not for their ears' });

    tab.socket.connect();
    await tab.hear('lobby:entered', () => tab.all('lobby:entered').length > 1);
    expect(tab.socket.recovered).toBe(false);
    expect(tab.all('room:user-kicked')).toEqual([{ userId: bob.id }]);
    await muchHappens(hosts, host, hosts);
    await settle(tab);
    expect(tab.all('chat:message').map(({ message }) => message)).toEqual(['The last that they hear']);
    expect(await tab.ask('room:join', { roomId: room.id })).toMatchObject({ error: { code: 'KICKED' } });
  });

  it('who connects to LiveKit with a token from before is removed at once, and takes no seat', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    const joined = await join(room.id, bob.token, apiOne);
    // LiveKit hands a fresh token to those who are connected, which holds for longer than ours.
    const refreshed = new AccessToken(output('LIVEKIT_API_KEY'), output('LIVEKIT_API_SECRET'), {
      identity: bob.id,
      ttl: 600,
    });
    refreshed.addGrant({ roomJoin: true, room: room.id });
    const tokens = [joined.participant_token, await refreshed.toJwt()];
    await kick(room.id, host, bob);
    // Who is removed while they are still connecting is not refused by LiveKit's client: it tries for 15 s.
    await carriedOn(room.id);

    for (const participant_token of tokens) {
      const client = await connect({ ...joined, participant_token });
      expect(await client.disconnected).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    }
    expect((await getRoom(room.id)).participants.map(({ userId }) => userId)).toEqual([host.id]);
  });

  it('was never in: is kept out all the same, and the room hears nothing of it', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    await using hosts = await inRoom(room.id, host, two);
    hosts.clear();
    expect((await kick(room.id, host, bob)).status).toBe(200);

    expect(await everyWayIn(room.id, bob)).toEqual(sameFor('KICKED'));
    await hosts.do('hand:raise');
    await hosts.hear('hand:raised');
    expect(withoutLobby(hosts)).toEqual(['hand:raised']);
  });

  it('is no more out for being kicked twice: one is told once, and one forgiving is enough', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    await join(room.id, bob.token);
    await using hosts = await inRoom(room.id, host, two);
    const answers = await Promise.all([apiOne, apiTwo, apiOne].map((base) => kick(room.id, host, bob, base)));
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      Array(3).fill([200, { livekit: 'done' }]),
    );
    await hosts.do('hand:raise');
    await hosts.hear('hand:raised');
    expect(hosts.all('room:user-kicked')).toEqual([{ userId: bob.id }]);

    expect((await forgive(room.id, host, bob)).status).toBe(204);
    expect((await call('POST', `/rooms/${room.id}/join`, { token: bob.token, base: apiOne })).status).toBe(
      201,
    );
  });
});

describe('one who is forgiven', () => {
  it('may come in again through every door, at both instances, as a participant', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token, { access: 'private', invited: [bob.id] });
    await join(room.id, bob.token);
    await kick(room.id, host, bob);
    for (const base of [apiTwo, apiOne]) expect((await forgive(room.id, host, bob, base)).status).toBe(204);

    expect(await everyWayIn(room.id, bob)).toEqual(sameFor('in'));
    const joined = await join(room.id, bob.token);
    expect(joined.participant).toMatchObject({
      userId: bob.id,
      role: 'PARTICIPANT',
      isKicked: false,
      leftAt: null,
    });
    await using client = await connect(joined);
    await using hosts = await inRoom(room.id, host, one);
    await using tab = await inRoom(room.id, bob, two);
    await hosts.do('webrtc:offer', { sdp: 'v=0', targetUserId: bob.id });
    expect(await tab.hear('webrtc:offer')).toMatchObject({ senderUserId: host.id });
    expect(client.room.isConnected).toBe(true);
  });

  it('is not let in by that alone: a private room still takes only those who are invited', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token, { access: 'private' });
    await kick(room.id, host, bob);
    await forgive(room.id, host, bob);
    const { status, body } = await call('POST', `/rooms/${room.id}/join`, { token: bob.token });
    expect([status, body['code']]).toEqual([403, 'NOT_INVITED']);
  });
});

describe('the kick', () => {
  it('is not for oneself', async () => {
    const [host] = await people('host');
    const room = await newRoom(host.token);
    const { status, body } = await kick(room.id, host, host);
    expect([status, body['code']]).toEqual([400, 'INVALID_REQUEST']);
    expect(body['errors']).toMatchObject([{ path: 'params.userId' }]);
    expect(await getRoom(room.id)).toMatchObject({ status: 'LIVE', joinedParticipants: 1 });
  });

  it('of the host by a participant does nothing; once they are host themselves it does', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token, { access: 'private', invited: [bob.id] });
    await join(room.id, bob.token);
    const early = await kick(room.id, bob, host);
    expect([early.status, early.body['code']]).toEqual([403, 'NOT_HOST']);
    expect((await getRoom(room.id, host.token)).hostId).toBe(host.id);

    await call('POST', `/rooms/${room.id}/host/${bob.id}`, { token: host.token, base: apiTwo });
    expect((await kick(room.id, bob, host)).status).toBe(200);
    expect(await everyWayIn(room.id, host)).toEqual(sameFor('KICKED'));
    const own = await forgive(room.id, host, host);
    expect([own.status, own.body['code']]).toEqual([403, 'NOT_HOST']);
  });

  it('takes the room from whoever would have had it next', async () => {
    const [host, heir, third] = await people('host', 'heir', 'third');
    const room = await newRoom(host.token);
    for (const { token } of [heir, third]) await join(room.id, token);
    await kick(room.id, host, heir);
    const given = await call('POST', `/rooms/${room.id}/host/${heir.id}`, {
      token: host.token,
      base: apiTwo,
    });
    expect([given.status, given.body['code']]).toEqual([404, 'NO_SUCH_PARTICIPANT']);

    await call('POST', `/rooms/${room.id}/leave`, { token: host.token });
    expect(await getRoom(room.id)).toMatchObject({ status: 'LIVE', hostId: third.id, joinedParticipants: 1 });
  });

  it('frees the seat at once for another', async () => {
    const [host, bob, carol] = await people('host', 'bob', 'carol');
    const room = await newRoom(host.token, { maxParticipants: 2 });
    await join(room.id, bob.token);
    await kick(room.id, host, bob);
    expect((await call('POST', `/rooms/${room.id}/join`, { token: carol.token, base: apiTwo })).status).toBe(
      201,
    );
  });

  it('keeps out a thousand, and says so when asked for one more', async () => {
    const [host, bob] = await people('host', 'bob');
    const room = await newRoom(host.token);
    const kicked = Array.from({ length: 1_000 }, (_, index) => `somebody-${index}`);
    await stored().updateOne({ _id: room.id }, { $set: { kicked } });

    const { status, body } = await kick(room.id, host, bob);
    expect([status, body['code']]).toEqual([409, 'TOO_MANY_KICKED']);
    expect((await kick(room.id, host, { id: 'somebody-7' })).status).toBe(200);
    expect((await call('POST', `/rooms/${room.id}/join`, { token: bob.token })).status).toBe(201);
  });
});
