import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  AudioSource,
  DisconnectReason,
  LocalAudioTrack,
  TrackPublishOptions,
  TrackSource,
} from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { type Connected, connect } from '../support/livekit-client.ts';
import type { TestSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import {
  asHost,
  first,
  heardNames,
  hearListUpdate,
  isUser,
  listUpdates,
  lobbyIsQuiet,
  opened,
  type Person,
  people,
  second,
  texts,
} from './support.ts';

/** What people do with each other in a room, and what each of them sees of it, over two instances. */

const livekit = new RoomServiceClient(
  output('LIVEKIT_URL'),
  output('LIVEKIT_API_KEY'),
  output('LIVEKIT_API_SECRET'),
);

let alice: Person;
let bob: Person;
let carol: Person;
let dave: Person;
beforeAll(async () => {
  [alice, bob, carol, dave] = await people('alice', 'bob', 'carol', 'dave');
});

const { keep, socketOf, comeIn } = opened();
const inLobby = (): Promise<[TestSocket, TestSocket]> =>
  Promise.all([socketOf(dave, first), socketOf(dave, second)]);

/** A room of Alice's, who is at the first instance, with Bob and then Carol at the second. */
async function gather(input: Record<string, unknown> = {}) {
  const { id } = await newRoom(alice.token, input, first.api);
  const all = await Promise.all([socketOf(alice, first), socketOf(bob, second), socketOf(carol, second)]);
  for (const socket of all) await socket.do('room:join', { roomId: id });
  const [a, b, c] = all;
  await a.hear('room:user-joined', ({ user }) => (user as { id: string }).id === carol.id);
  return { id, a, b, c, all };
}

async function publishSound(roomId: string, { token }: Person): Promise<Connected> {
  const client = keep(await connect(await join(roomId, token)));
  const track = LocalAudioTrack.createAudioTrack('voice', new AudioSource(48_000, 1));
  const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
  await client.room.localParticipant?.publishTrack(track, options);
  return client;
}

/** Whether LiveKit itself has muted the one sound of this person. */
async function isSilenced(roomId: string, { id }: Person): Promise<boolean> {
  const { tracks } = await livekit.getParticipant(roomId, id);
  expect(tracks).toHaveLength(1);
  return tracks[0]?.muted ?? false;
}

/** Ids of the LIVE rooms that are found by these words, at each instance. */
const discovered = (words: string): Promise<string[][]> =>
  Promise.all(
    [first, second].map(async ({ api: base }) => {
      const { body } = await call('GET', `/rooms?q=${encodeURIComponent(words)}`, { base });
      return (body['rooms'] as unknown as { id: string }[]).map(({ id }) => id);
    }),
  );

/**
 * Fails unless every socket has heard the message of this name about this person exactly once.
 *
 * @param inside those of them who are in the room still, the speaker first: what was told twice is there by the time
 *   that something later is
 */
async function eachHearsOnce(
  sockets: readonly TestSocket[],
  name: string,
  whom: Person,
  more: object = {},
  inside = sockets,
): Promise<void> {
  for (const socket of sockets)
    expect(await socket.hear(name, isUser(whom))).toEqual({ userId: whom.id, ...more });
  const message = crypto.randomUUID();
  // Those who have just talked much are refused at first.
  await eventually(() => inside[0]?.do('chat:message', { message }));
  for (const socket of inside) await socket.hear('chat:message', (heard) => heard['message'] === message);
  for (const socket of sockets) expect(socket.all(name).filter(isUser(whom))).toHaveLength(1);
}

describe('the lobby', () => {
  it('at both instances hears of a new room once, and discovery lists the same at both', async () => {
    const sockets = await inLobby();
    const title = `Evening ${crypto.randomUUID()}`;
    const { id } = await newRoom(alice.token, { title, topic: 'Verbs', language: 'vi' }, first.api);

    for (const socket of sockets) {
      const { action, room } = await hearListUpdate(socket, id);
      expect(action).toBe('created');
      expect(room).toMatchObject({
        title,
        topic: 'Verbs',
        language: 'vi',
        hostId: alice.id,
        hostName: 'alice Test',
        status: 'LIVE',
        joinedParticipants: 1,
      });
      const { body } = await call('GET', `/rooms?q=${title}`, { base: second.api });
      expect(body['rooms']).toEqual([room]);
    }
    expect(await discovered(title)).toEqual([[id], [id]]);
    await lobbyIsQuiet(alice, ...sockets);
    for (const socket of sockets) expect(listUpdates(socket, id)).toHaveLength(1);
  });

  it('counts who comes in and goes, and those in a room hear nothing of it', async () => {
    const sockets = await inLobby();
    const { id, b, all } = await gather();
    for (const socket of sockets)
      await hearListUpdate(socket, id, ({ room }) => room['joinedParticipants'] === 3);
    for (const socket of [...sockets, ...all]) socket.clear();
    await b.do('room:leave', { roomId: id });
    for (const socket of sockets) {
      const { action } = await hearListUpdate(socket, id, ({ room }) => room['joinedParticipants'] === 2);
      expect(action).toBe('updated');
    }
    await lobbyIsQuiet(alice, ...sockets);
    const [a, , c] = all as [TestSocket, TestSocket, TestSocket];
    for (const socket of [a, c]) {
      await socket.do('hand:lower');
      expect(socket.all('room:list-update')).toEqual([]);
    }
    // Who left is in the lobby again.
    expect(b.all('room:list-update').length).toBeGreaterThan(0);
  });

  it('hears nothing of a private room, and discovery does not know it', async () => {
    const sockets = await inLobby();
    const title = `Secret ${crypto.randomUUID()}`;
    const { id, a } = await gather({ title, access: 'private', invited: [bob.id, carol.id] });
    await asHost('PATCH', `/rooms/${id}`, alice, second, { topic: 'Verbs' });
    await a.hear('room:updated');
    expect(await discovered(title)).toEqual([[], []]);
    await asHost('DELETE', `/rooms/${id}`, alice, second);
    await lobbyIsQuiet(alice, ...sockets);
    for (const socket of sockets) expect(listUpdates(socket, id)).toEqual([]);
  });
});

describe('who comes in', () => {
  it('is shown the room as it is, and those who are in hear of them once', async () => {
    const { id } = await newRoom(alice.token, {}, first.api);
    const a = await comeIn(id, alice, first);
    await a.do('hand:raise');
    const b = await socketOf(bob, second);
    const answer = await b.do('room:join', { roomId: id });

    const { room, participants, participant } = answer as unknown as {
      room: object;
      participants: { userId: string }[];
      participant: object;
    };
    expect(room).toMatchObject({ id, hostId: alice.id, joinedParticipants: 2 });
    expect(participants).toMatchObject([
      { userId: alice.id, name: 'alice Test', role: 'HOST', isHandRaised: true, isMuted: false },
      { userId: bob.id, name: 'bob Test', role: 'PARTICIPANT', isHandRaised: false, leftAt: null },
    ]);
    expect(participant).toEqual(participants[1]);
    expect(b.all('room:state')).toEqual([{ room, participants }]);
    expect(await a.hear('room:user-joined')).toEqual({ user: { id: bob.id, name: 'bob Test' }, participant });

    // A second tab, and once more: the seat is the same.
    await comeIn(id, bob, first);
    expect(await b.do('room:join', { roomId: id })).toMatchObject({ room: { joinedParticipants: 2 } });
    await a.do('hand:lower');
    expect([a.all('room:user-joined'), b.all('room:user-joined')]).toMatchObject([[{ participant }], []]);
    expect(b.all('room:state')).toHaveLength(1);
  });

  it('by HTTP first and then by socket takes one seat, and is told of once', async () => {
    const { id } = await newRoom(alice.token, {}, first.api);
    const a = await comeIn(id, alice, first);
    await join(id, bob.token, second.api);
    await comeIn(id, bob, second);
    await a.do('hand:raise');
    expect(a.all('room:user-joined')).toHaveLength(1);
    expect((await getRoom(id)).joinedParticipants).toBe(2);
  });

  it('is refused by socket as over HTTP, and stays in the lobby', async () => {
    const full = await newRoom(alice.token, { maxParticipants: 2 }, first.api);
    await comeIn(full.id, bob, second);
    const closed = await newRoom(alice.token, { access: 'private' }, first.api);
    const over = await newRoom(alice.token, {}, first.api);
    await asHost('DELETE', `/rooms/${over.id}`, alice, first);
    const kicked = await newRoom(alice.token, {}, first.api);
    await asHost('POST', `/rooms/${kicked.id}/kick/${carol.id}`, alice, first);

    const c = await socketOf(carol, second);
    const asked = [full.id, closed.id, over.id, kicked.id, 'nowhere'];
    const answers = [];
    for (const roomId of asked) answers.push(await c.ask('room:join', { roomId }));
    expect(answers.map(({ error }) => error?.code)).toEqual([
      'ROOM_FULL',
      'NOT_INVITED',
      'ROOM_ENDED',
      'KICKED',
      'ROOM_NOT_FOUND',
    ]);
    expect(heardNames(c)).not.toContain('room:state');
    await lobbyIsQuiet(alice, c);
  });

  it('to a second room has to leave the first', async () => {
    const { id, b } = await gather();
    const other = await newRoom(alice.token, {}, second.api);
    const refused = await b.ask('room:join', { roomId: other.id });
    expect(refused.error?.code).toBe('IN_ANOTHER_ROOM');
    expect((await b.ask('room:leave', { roomId: other.id })).error?.code).toBe('NO_SEAT');
    await b.do('room:leave', { roomId: id });
    await b.do('room:join', { roomId: other.id });
    expect((await b.ask('room:leave', { roomId: id })).error?.code).toBe('NO_SEAT');
  });
});

describe('the chat', () => {
  it('is heard once by every tab of everybody, in one order, as it was acknowledged and as it is kept', async () => {
    const { id, a, b, c } = await gather();
    const b2 = await comeIn(id, bob, first);
    const acknowledged = await Promise.all(
      Array.from({ length: 8 }, (_, n) => [a, b].map((socket, who) => [socket, `${who} says ${n}`] as const))
        .flat()
        .map(async ([socket, message]) => (await socket.do('chat:message', { message }))['message']),
    );
    await eventually(() => {
      for (const socket of [a, b, b2, c]) expect(socket.all('chat:message')).toHaveLength(16);
    });

    const heard = a.all('chat:message');
    expect(heard).toEqual(expect.arrayContaining(acknowledged as unknown[]));
    for (const socket of [b, b2, c]) expect(socket.all('chat:message')).toEqual(heard);
    expect(new Set(heard.map((message) => message['id'])).size).toBe(16);
    expect(heard.filter(({ message }) => message === '1 says 3')).toMatchObject([
      { sender: { id: bob.id, name: 'bob Test' } },
    ]);
    const { body } = await call('GET', `/rooms/${id}/chat?limit=100`, { token: carol.token });
    expect(body).toEqual({ messages: heard.toReversed(), next: null });
  });

  it('of one sender keeps the order in which it was sent', async () => {
    const { a, c } = await gather();
    const said = Array.from({ length: 10 }, (_, n) => `${n}`);
    await Promise.all(said.map((message) => c.do('chat:message', { message })));
    await eventually(() => expect(texts(a)).toEqual(said));
  });

  it('is for those who are in: not for the lobby, not for one who has left, whose word is refused', async () => {
    const { id, a, b } = await gather();
    const [lobby] = await inLobby();
    await b.do('room:leave', { roomId: id });
    b.clear();
    await a.do('chat:message', { message: 'among us' });
    const refused = await b.ask('chat:message', { message: 'still here?' });
    expect(refused.error?.code).toBe('NO_SEAT');
    await lobbyIsQuiet(alice, lobby, b);
    expect([texts(lobby), texts(b)]).toEqual([[], []]);
    expect(texts(a)).toEqual(['among us']);
  });
});

describe('hands, microphones and cameras', () => {
  it('are told of to all with every change, and of no change nothing', async () => {
    const { id, b, all } = await gather();
    expect(await b.do('hand:raise')).toEqual({ ok: true });
    await b.do('hand:raise');
    await eachHearsOnce(all, 'hand:raised', bob);
    await b.do('hand:lower');
    await b.do('hand:lower');
    await eachHearsOnce(all, 'hand:lowered', bob);
    expect(await b.do('media:toggle-mic', { isMuted: true })).toEqual({ ok: true, isMuted: true });
    await b.do('media:toggle-mic', { isMuted: true });
    await eachHearsOnce(all, 'media:user-muted', bob, { isMuted: true });
    expect(await b.do('media:toggle-video', { isVideoOff: true })).toEqual({ ok: true, isVideoOff: true });
    await b.do('media:toggle-video', { isVideoOff: true });
    await eachHearsOnce(all, 'media:user-video', bob, { isVideoOff: true });

    const { participants } = (await getRoom(id)) as unknown as { participants: object[] };
    expect(participants).toContainEqual(
      expect.objectContaining({ userId: bob.id, isMuted: true, isVideoOff: true, isHandRaised: false }),
    );
    await b.do('media:toggle-mic', { isMuted: false });
    const unmuted = await all[0]?.hear('media:user-muted', ({ isMuted }) => isMuted === false);
    expect(unmuted).toEqual({ userId: bob.id, isMuted: false });
  });

  it('come in as they are to who joins later, and lie down when their owner leaves', async () => {
    const { id, a, b } = await gather();
    await b.do('hand:raise');
    await b.do('media:toggle-video', { isVideoOff: true });
    const d = await comeIn(id, dave, first);
    const [{ participants }] = d.all('room:state') as [{ participants: object[] }];
    expect(participants).toContainEqual(
      expect.objectContaining({ userId: bob.id, isHandRaised: true, isVideoOff: true }),
    );
    await b.do('room:leave', { roomId: id });
    await b.do('room:join', { roomId: id });
    const again = await a.hear('room:user-joined', ({ user }) => (user as { id: string }).id === bob.id);
    expect(again).toMatchObject({ participant: { isHandRaised: false, isVideoOff: false } });
  });
});

describe('the host', () => {
  it('mutes one in LiveKit itself, then all others, and stays heard', async () => {
    const { id, all } = await gather();
    for (const person of [alice, bob, carol]) await publishSound(id, person);
    const one = await asHost('POST', `/rooms/${id}/mute/${bob.id}`, alice, second);
    expect([one.status, one.body]).toEqual([200, { livekit: 'done' }]);
    await eachHearsOnce(all, 'media:user-muted', bob, { isMuted: true });
    expect([await isSilenced(id, bob), await isSilenced(id, carol)]).toEqual([true, false]);

    await asHost('POST', `/rooms/${id}/mute`, alice, first);
    await eachHearsOnce(all, 'media:user-muted', carol, { isMuted: true });
    await eachHearsOnce(all, 'media:user-muted', bob, { isMuted: true });
    await eventually(async () => expect(await isSilenced(id, carol)).toBe(true));
    expect(await isSilenced(id, alice)).toBe(false);
    expect(all[0]?.all('media:user-muted').filter(isUser(alice))).toEqual([]);
  });

  it('changes the room, and those in it and the lobby see it', async () => {
    const [, lobby] = await inLobby();
    const { id, all } = await gather();
    await asHost('PATCH', `/rooms/${id}`, alice, first, { title: 'Renamed', maxParticipants: 3 });
    for (const socket of all)
      expect(await socket.hear('room:updated')).toMatchObject({
        room: { id, title: 'Renamed', maxParticipants: 3, joinedParticipants: 3 },
      });
    const { action } = await hearListUpdate(lobby, id, ({ room }) => room['title'] === 'Renamed');
    expect(action).toBe('updated');
  });

  it('hands the room over: the new one has the rights, the former has not, and all hear of it', async () => {
    const [lobby] = await inLobby();
    const { id, all } = await gather();
    const handed = await asHost('POST', `/rooms/${id}/host/${bob.id}`, alice, first);
    expect(handed.body).toMatchObject({ hostId: bob.id });
    await eachHearsOnce(all, 'room:host-changed', bob);
    const listed = await hearListUpdate(lobby, id, ({ room }) => room['hostId'] === bob.id);
    expect(listed.room).toMatchObject({ hostName: 'bob Test' });

    const refused = await asHost('POST', `/rooms/${id}/kick/${carol.id}`, alice, second);
    expect([refused.status, refused.body['code']]).toEqual([403, 'NOT_HOST']);
    expect((await asHost('POST', `/rooms/${id}/mute/${alice.id}`, bob, second)).status).toBe(200);
    await eachHearsOnce(all, 'media:user-muted', alice, { isMuted: true });
    const roles = (await getRoom(id)).participants.map(({ userId, role }) => [userId, role]);
    expect(roles).toEqual([
      [alice.id, 'PARTICIPANT'],
      [bob.id, 'HOST'],
      [carol.id, 'PARTICIPANT'],
    ]);
  });

  it('kicks one, who is out of every tab and of LiveKit, in the lobby, and kept out until forgiven', async () => {
    const { id, a, b, c } = await gather();
    const c2 = await comeIn(id, carol, first);
    const client = keep(await connect(await join(id, carol.token)));
    await asHost('POST', `/rooms/${id}/kick/${carol.id}`, alice, first);

    await eachHearsOnce([a, b, c, c2], 'room:user-kicked', carol, {}, [a, b]);
    for (const socket of [c, c2]) {
      await socket.hear('lobby:entered', () => socket.all('lobby:entered').length === 2);
      const names = heardNames(socket);
      expect(names.indexOf('room:user-kicked')).toBeLessThan(names.lastIndexOf('lobby:entered'));
      socket.clear();
    }
    expect(await client.disconnected).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    await a.do('chat:message', { message: 'without her' });
    await lobbyIsQuiet(alice, c, c2);
    expect([texts(c), texts(c2)]).toEqual([[], []]);
    expect((await c.ask('room:join', { roomId: id })).error?.code).toBe('KICKED');
    const history = await call('GET', `/rooms/${id}/chat`, { token: carol.token, base: second.api });
    expect(history.body['code']).toBe('KICKED');
    expect(a.all('room:user-left')).toEqual([]);

    await asHost('DELETE', `/rooms/${id}/kick/${carol.id}`, alice, second);
    await c.do('room:join', { roomId: id });
  });

  it('who leaves is followed by the one who has been in longest', async () => {
    const { id, a, b, c } = await gather();
    await a.do('room:leave', { roomId: id });
    await eachHearsOnce([b, c], 'room:user-left', alice);
    await eachHearsOnce([b, c], 'room:host-changed', bob);
    const names = heardNames(c).filter((name) => name.startsWith('room:'));
    expect(names.slice(-2)).toEqual(['room:user-left', 'room:host-changed']);
    await lobbyIsQuiet(alice, a);
    expect((await getRoom(id)).hostId).toBe(bob.id);
    expect((await asHost('POST', `/rooms/${id}/mute`, bob, second)).status).toBe(200);
  });
});

describe('who leaves', () => {
  it('over HTTP, at the other instance, leaves with every tab and through every door', async () => {
    const { id, a, b } = await gather();
    const b2 = await comeIn(id, bob, first);
    const client = keep(await connect(await join(id, bob.token)));
    const left = await call('POST', `/rooms/${id}/leave`, { token: bob.token, base: first.api });
    expect(left.status).toBe(204);
    await eachHearsOnce([a, b, b2], 'room:user-left', bob, {}, [a]);
    expect(await client.disconnected).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    await lobbyIsQuiet(alice, b, b2);
    expect((await b.ask('hand:raise')).error?.code).toBe('NO_SEAT');
  });

  it('and comes in at the same moment through another door is in with all that belongs to it, or out', async () => {
    const { id, a, b } = await gather();
    for (let turn = 0; turn < 15; turn += 1) {
      await b.do('room:join', { roomId: id });
      const leaving = call('POST', `/rooms/${id}/leave`, { token: bob.token, base: first.api });
      const [, joined] = await Promise.all([leaving, b.ask('room:join', { roomId: id })]);
      expect(joined.error).toBeUndefined();
      const isSeated = async () => (await getRoom(id)).participants.some(isUser(bob));
      await eventually(async () => {
        const said = await b.ask('chat:message', { message: `turn ${turn}` });
        expect(said.ok).toBe(await isSeated());
      });
      if (await isSeated()) await a.hear('chat:message', ({ message }) => message === `turn ${turn}`);
    }
  });
});

describe('the end of a room', () => {
  it('comes when the last one leaves: gone from the lobby and from discovery, and never to be entered again', async () => {
    const sockets = await inLobby();
    const title = `Short ${crypto.randomUUID()}`;
    const { id, all } = await gather({ title });
    for (const socket of all) await socket.do('room:leave', { roomId: id });
    for (const socket of sockets) {
      const { room } = await hearListUpdate(socket, id, ({ action }) => action === 'ended');
      expect(room).toMatchObject({ status: 'ENDED', joinedParticipants: 0, endedAt: expect.any(String) });
    }
    await lobbyIsQuiet(alice, ...sockets);
    for (const socket of sockets) expect(listUpdates(socket, id).at(-1)?.action).toBe('ended');
    expect(await discovered(title)).toEqual([[], []]);
    expect((await all[0]?.ask('room:join', { roomId: id }))?.error?.code).toBe('ROOM_ENDED');
  });

  it('is told to the last one who leaves', async () => {
    const { id } = await newRoom(alice.token, {}, first.api);
    const a = await comeIn(id, alice, first);
    await a.do('room:leave', { roomId: id });
    expect(await a.hear('room:ended')).toEqual({ roomId: id });
  });

  it('by its host is told once to everybody in it, who are in the lobby then, and out of LiveKit', async () => {
    const lobby = await inLobby();
    const { id, a, b, c } = await gather();
    const b2 = await comeIn(id, bob, first);
    const client = keep(await connect(await join(id, bob.token)));
    expect((await asHost('DELETE', `/rooms/${id}`, alice, second)).status).toBe(200);
    for (const socket of [a, b, b2, c]) {
      expect(await socket.hear('room:ended')).toEqual({ roomId: id });
      await socket.hear('lobby:entered', () => socket.all('lobby:entered').length === 2);
    }
    for (const socket of lobby) await hearListUpdate(socket, id, ({ action }) => action === 'ended');
    await lobbyIsQuiet(alice, a, b, b2, c);
    for (const socket of [a, b, b2, c]) {
      expect(socket.all('room:ended')).toHaveLength(1);
      expect(socket.all('room:user-left')).toEqual([]);
    }
    expect(await client.disconnected).toBe(DisconnectReason.ROOM_DELETED);
    expect((await a.ask('chat:message', { message: 'still?' })).error?.code).toBe('NO_SEAT');
  });
});
