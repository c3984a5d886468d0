import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AudioFrame,
  AudioSource,
  DisconnectReason,
  LocalAudioTrack,
  LocalVideoTrack,
  RoomEvent,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
} from '@livekit/rtc-node';
import { RoomServiceClient, TrackSource as ServerTrackSource } from 'livekit-server-sdk';
import mongoose from 'mongoose';
import { type Answer, call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { type Connected, connect } from '../support/livekit-client.ts';
import { startInstance } from '../support/service.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { instanceApis, output, stack } from '../support/stack.ts';

/** What a host may do, asked of one instance and looked at through the other, and in LiveKit itself. */

type Person = Awaited<ReturnType<typeof newPerson>>;

const [apiOne = '', apiTwo = ''] = instanceApis;
const [, two = ''] = stack.instances;
const livekit = new RoomServiceClient(
  output('LIVEKIT_URL'),
  output('LIVEKIT_API_KEY'),
  output('LIVEKIT_API_SECRET'),
);

const change = (roomId: string, { token }: Person, body: unknown, base = apiOne) =>
  call('PATCH', `/rooms/${roomId}`, { token, body, base });
const act = (what: string, { token }: Person, base = apiOne) => call('POST', what, { token, base });
const codeOf = ({ status, body }: Answer) => [status, body['code']];
const tryJoin = async (roomId: string, { token }: Person, base = apiTwo) =>
  codeOf(await call('POST', `/rooms/${roomId}/join`, { token, base }));

async function inRoom(roomId: string, { token }: Person, instance = two): Promise<TestSocket> {
  const socket = await openSocket(token, instance);
  await socket.do('room:join', { roomId });
  return socket;
}

/** The same people for every test: each has a room of its own. */
let host: Person;
let bob: Person;
let carol: Person;
let dave: Person;
beforeAll(async () => {
  [host, bob, carol, dave] = await Promise.all([
    newPerson('host'),
    newPerson('bob'),
    newPerson('carol'),
    newPerson('dave'),
  ]);
});

let mongo: mongoose.Connection;
beforeAll(async () => {
  mongo = await mongoose.createConnection(output('MONGO_URL')).asPromise();
});
afterAll(() => mongo.close());

/** Whatever follows from what happened in a room so far has been done. */
const carriedOn = (roomId: string) =>
  eventually(async () => {
    const rooms = mongo.collection<{ _id: string; outbox: unknown[] }>('rooms');
    expect((await rooms.findOne({ _id: roomId }))?.outbox).toEqual([]);
  });

describe('changing a room', () => {
  it.each([
    ['title', 'An evening of verbs'],
    ['topic', 'Irregular ones'],
    ['topic', null],
    ['language', 'pt-BR'],
    ['language', null],
    ['maxParticipants', 100],
  ])('its %s becomes %j, in the room, in the lobby and at the other instance', async (field, value) => {
    const room = await newRoom(host.token, { topic: 'Verbs', language: 'vi' });
    await using inside = await inRoom(room.id, bob);
    await using lobby = await openSocket(carol.token, two);

    const { status, body } = await change(room.id, host, { [field]: value });

    expect([status, body[field]]).toEqual([200, value]);
    const { participants: _p, invited: _i, ...before } = room as typeof room & { invited?: string[] };
    const after = { ...before, [field]: value, joinedParticipants: 2 };
    expect(await getRoom(room.id, undefined, apiTwo)).toMatchObject(after);
    expect(await inside.hear('room:updated')).toEqual({ room: after });
    await lobby.hear('room:list-update', ({ action, room: listed }) => {
      const seen = listed as Record<string, unknown>;
      return action === 'updated' && seen['id'] === room.id && seen[field] === value;
    });
  });

  it('several fields change together, and what is left out stays', async () => {
    const room = await newRoom(host.token, { topic: 'Verbs', language: 'vi' });
    await change(room.id, host, { title: 'New', topic: null });
    expect(await getRoom(room.id, undefined, apiTwo)).toMatchObject({
      title: 'New',
      topic: null,
      language: 'vi',
    });
    const { body } = await call('GET', `/rooms?topic=Verbs&limit=100`, { base: apiTwo });
    expect((body['rooms'] as unknown as { id: string }[]).map(({ id }) => id)).not.toContain(room.id);
  });

  it('a language is written as BCP 47 writes it', async () => {
    const room = await newRoom(host.token);
    expect((await change(room.id, host, { language: 'ZH-hant-tw' })).body['language']).toBe('zh-Hant-TW');
  });

  it('what changes nothing is told to nobody', async () => {
    const room = await newRoom(host.token, { topic: 'Verbs' });
    await using inside = await inRoom(room.id, bob);
    expect((await change(room.id, host, { title: 'A test', topic: 'Verbs' })).status).toBe(200);
    await change(room.id, host, { title: 'Now' });
    await inside.hear('room:updated');
    expect(inside.all('room:updated')).toHaveLength(1);
  });

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['body']],
    ['no body', undefined, ['body']],
    ['a field that there is not', { status: 'ENDED' }, ['body.status']],
    ['one that cannot change', { access: 'private' }, ['body.access']],
    ['two that are not theirs', { hostId: 'me', e2ee: true }, ['body.e2ee', 'body.hostId']],
    ['no title', { title: null }, ['body.title']],
    ['an empty title', { title: '  ' }, ['body.title']],
    ['a title of 256', { title: 'a'.repeat(256) }, ['body.title']],
    ['an empty topic', { topic: '' }, ['body.topic']],
    ['no language', { language: 'not a language' }, ['body.language']],
    ['one seat', { maxParticipants: 1 }, ['body.maxParticipants']],
    ['a hundred and one seats', { maxParticipants: 101 }, ['body.maxParticipants']],
    ['half a seat', { maxParticipants: 2.5 }, ['body.maxParticipants']],
    ['guests without a name', { invited: ['bob', ''] }, ['body.invited.1']],
    ['several faults at once', { title: 7, invited: 'bob' }, ['body.invited', 'body.title']],
  ])('%s is refused, with the path of each fault', async (_what, body, paths) => {
    const room = await newRoom(host.token);
    const answer = await change(room.id, host, body);
    expect(codeOf(answer)).toEqual([400, 'INVALID_REQUEST']);
    const errors = answer.body['errors'] as unknown as { path: string }[];
    expect(errors.map(({ path }) => path).toSorted()).toEqual(paths);
    const { participants: _p, ...before } = room;
    expect(await getRoom(room.id, host.token, apiTwo)).toMatchObject(before);
  });
});

describe('the seats of a room', () => {
  it('cannot be fewer than are taken', async () => {
    const room = await newRoom(host.token);
    for (const { token } of [bob, carol]) await join(room.id, token);
    const answer = await change(room.id, host, { maxParticipants: 2 });
    expect(codeOf(answer)).toEqual([409, 'TOO_FEW_SEATS']);
    expect(answer.body['errors']).toMatchObject([{ path: 'body.maxParticipants' }]);
    expect((await change(room.id, host, { maxParticipants: 3 })).status).toBe(200);
    expect(await tryJoin(room.id, dave)).toEqual([409, 'ROOM_FULL']);
  });

  it('when there are more, take more in at once, in LiveKit too', async () => {
    const room = await newRoom(host.token, { maxParticipants: 2 });
    await using _first = await connect(await join(room.id, host.token, apiOne));
    await using _second = await connect(await join(room.id, bob.token, apiTwo));
    expect(await tryJoin(room.id, carol)).toEqual([409, 'ROOM_FULL']);

    await change(room.id, host, { maxParticipants: 4 });
    await using third = await connect(await join(room.id, carol.token, apiTwo));
    await using fourth = await connect(await join(room.id, dave.token, apiOne));
    expect([third.room.isConnected, fourth.room.isConnected]).toEqual([true, true]);
    expect((await livekit.listRooms([room.id]))[0]?.maxParticipants).toBe(204);
    expect((await getRoom(room.id)).joinedParticipants).toBe(4);
  });

  it('are never more than the room has, while it grows and shrinks under those who come', async () => {
    const room = await newRoom(host.token, { maxParticipants: 2 });
    const sizes = [4, 2, 3, 4, 2, 3];
    const changes = sizes.map((maxParticipants, index) =>
      change(room.id, host, { maxParticipants }, instanceApis[index % 2]),
    );
    const joins = [bob, carol, dave].map((who, index) => tryJoin(room.id, who, instanceApis[index % 2]));
    for (const { status } of await Promise.all(changes)) expect([200, 409]).toContain(status);
    await Promise.all(joins);
    const after = (await getRoom(room.id)) as unknown as {
      joinedParticipants: number;
      maxParticipants: number;
    };
    expect(after.joinedParticipants).toBeLessThanOrEqual(after.maxParticipants);
  });
});

describe('whom a private room takes', () => {
  it('is whom its host invites, from then on', async () => {
    const room = await newRoom(host.token, { access: 'private', invited: [bob.id] });
    expect(await tryJoin(room.id, carol)).toEqual([403, 'NOT_INVITED']);
    const { body } = await change(room.id, host, { invited: [bob.id, carol.id] });
    // The host stays welcome when another is, as the maker does.
    expect(body['invited']).toEqual([host.id, bob.id, carol.id]);
    expect(await tryJoin(room.id, carol)).toEqual([201, undefined]);
    expect(await tryJoin(room.id, bob, apiOne)).toEqual([201, undefined]);
  });

  it('when no longer invited stays as long as they are in, and then not', async () => {
    const room = await newRoom(host.token, { access: 'private', invited: [bob.id, carol.id] });
    await using client = await connect(await join(room.id, bob.token));
    await using tab = await inRoom(room.id, bob);
    await change(room.id, host, { invited: [] });

    expect(await tryJoin(room.id, carol)).toEqual([403, 'NOT_INVITED']);
    expect(await tryJoin(room.id, bob)).toEqual([201, undefined]);
    expect((await act(`/rooms/${room.id}/token`, bob, apiTwo)).status).toBe(201);
    expect((await call('GET', `/rooms/${room.id}`, { token: bob.token, base: apiTwo })).status).toBe(200);
    await tab.do('chat:message', { message: 'Still here' });
    expect(client.room.isConnected).toBe(true);

    await act(`/rooms/${room.id}/leave`, bob, apiTwo);
    for (const base of instanceApis) expect(await tryJoin(room.id, bob, base)).toEqual([403, 'NOT_INVITED']);
    expect(codeOf(await call('GET', `/rooms/${room.id}`, { token: bob.token }))).toEqual([
      403,
      'NOT_INVITED',
    ]);
  });

  it('is shown to its host alone, whoever that is', async () => {
    const room = await newRoom(host.token, { access: 'private', invited: [bob.id] });
    await join(room.id, bob.token);
    const seenBy = async ({ token }: Person) => 'invited' in (await getRoom(room.id, token));
    expect([await seenBy(host), await seenBy(bob)]).toEqual([true, false]);
    await act(`/rooms/${room.id}/host/${bob.id}`, host);
    expect([await seenBy(host), await seenBy(bob)]).toEqual([false, true]);
  });
});

describe('handing a room over', () => {
  it('makes the other host, with a host’s rights, and the former a participant, with none', async () => {
    const room = await newRoom(host.token);
    for (const { token } of [bob, carol]) await join(room.id, token);
    await using tab = await inRoom(room.id, carol);

    const { status, body } = await act(`/rooms/${room.id}/host/${bob.id}`, host);

    expect([status, body['hostId']]).toEqual([200, bob.id]);
    expect(await tab.hear('room:host-changed')).toEqual({ userId: bob.id });
    const { hostId, participants } = await getRoom(room.id, undefined, apiTwo);
    expect([hostId, ...participants.map(({ userId, role }) => [userId, role])]).toEqual([
      bob.id,
      [host.id, 'PARTICIPANT'],
      [bob.id, 'HOST'],
      [carol.id, 'PARTICIPANT'],
    ]);
    for (const [method, path, sent] of [
      ['POST', `/kick/${carol.id}`],
      ['DELETE', `/kick/${carol.id}`],
      ['POST', `/mute/${carol.id}`],
      ['POST', '/mute'],
      ['POST', `/host/${host.id}`],
      ['PATCH', '', { title: 'Mine' }],
      ['DELETE', ''],
    ] as const)
      for (const base of instanceApis) {
        const refused = await call(method, `/rooms/${room.id}${path}`, {
          token: host.token,
          base,
          ...(sent ? { body: sent } : {}),
        });
        expect([method, path, ...codeOf(refused)]).toEqual([method, path, 403, 'NOT_HOST']);
      }
    expect((await act(`/rooms/${room.id}/kick/${carol.id}`, bob, apiTwo)).status).toBe(200);
  });

  it('to oneself changes nothing; to one who is not in there is no handing over', async () => {
    const room = await newRoom(host.token);
    expect((await act(`/rooms/${room.id}/host/${host.id}`, host)).body['hostId']).toBe(host.id);
    expect(codeOf(await act(`/rooms/${room.id}/host/${bob.id}`, host))).toEqual([404, 'NO_SUCH_PARTICIPANT']);
  });

  it('asked of both instances at once for two people makes one of them host', async () => {
    const room = await newRoom(host.token);
    for (const { token } of [bob, carol]) await join(room.id, token);
    const answers = await Promise.all([
      act(`/rooms/${room.id}/host/${bob.id}`, host, apiOne),
      act(`/rooms/${room.id}/host/${carol.id}`, host, apiTwo),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
    const { hostId, participants } = await getRoom(room.id);
    expect(hostId).toBe(answers[0]?.status === 200 ? bob.id : carol.id);
    expect(participants.filter(({ role }) => role === 'HOST').map(({ userId }) => userId)).toEqual([hostId]);
  });

  it('goes to the longest-present when the host leaves, who has every right then', async () => {
    const room = await newRoom(host.token);
    for (const { token } of [bob, carol]) await join(room.id, token);
    await using tab = await inRoom(room.id, carol);
    await act(`/rooms/${room.id}/leave`, host);
    expect((await getRoom(room.id, undefined, apiTwo)).hostId).toBe(bob.id);
    expect(await tab.hear('room:host-changed')).toEqual({ userId: bob.id });
    expect((await act(`/rooms/${room.id}/kick/${host.id}`, bob, apiTwo)).body).toEqual({ livekit: 'done' });
  });
});

describe('who ends a room', () => {
  it('ends it for all: everybody in it hears so, and is in the lobby', async () => {
    const room = await newRoom(host.token);
    await using tab = await inRoom(room.id, bob);
    await using hosts = await inRoom(room.id, host, stack.instances[0]);
    await call('DELETE', `/rooms/${room.id}`, { token: host.token, base: apiOne });
    for (const socket of [tab, hosts]) {
      await socket.hear('lobby:entered', () => socket.all('lobby:entered').length > 1);
      expect(socket.all('room:ended')).toEqual([{ roomId: room.id }]);
    }
  });
});

describe('in LiveKit', () => {
  /** What LiveKit did not take at once, it is told again by a sweep, after some seconds. Milliseconds. */
  const BY_THE_SWEEP = 15_000;

  /** What LiveKit lets them publish, and the role that it shows to others. */
  async function standing(roomId: string, { id }: Person) {
    const { permission, attributes } = await livekit.getParticipant(roomId, id);
    const sources = permission?.canPublishSources ?? [];
    return {
      role: attributes['role'],
      screen: sources.length === 0 || sources.includes(ServerTrackSource.SCREEN_SHARE),
      camera: sources.length === 0 || sources.includes(ServerTrackSource.CAMERA),
      publish: permission?.canPublish,
      data: permission?.canPublishData,
    };
  }
  const asHost = { role: 'HOST', screen: true, camera: true, publish: true, data: false };
  const asParticipant = { role: 'PARTICIPANT', screen: false, camera: true, publish: true, data: false };

  /** Resolves when this client itself has heard what role it has now. */
  const hasRole = (client: Connected, role: string) =>
    eventually(() => expect(client.room.localParticipant?.attributes['role']).toBe(role), BY_THE_SWEEP);
  const stands = (roomId: string, who: Person, as: Awaited<ReturnType<typeof standing>>) =>
    eventually(async () => expect(await standing(roomId, who)).toEqual(as), BY_THE_SWEEP);

  /** Resolves when LiveKit has taken it. */
  async function showScreen({ room }: Connected): Promise<void> {
    const source = new VideoSource(320, 240);
    const track = LocalVideoTrack.createVideoTrack('screen', source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_SCREENSHARE });
    await room.localParticipant?.publishTrack(track, options);
    const picture = new VideoFrame(new Uint8Array((320 * 240 * 3) / 2), 320, 240, VideoBufferType.I420);
    await eventually(async () => {
      source.captureFrame(picture);
      const { tracks } = await livekit.getParticipant(room.name ?? '', room.localParticipant?.identity ?? '');
      expect(tracks.map((one) => one.source)).toEqual([ServerTrackSource.SCREEN_SHARE]);
    });
  }

  /** A microphone that is open. */
  async function speak({ room }: Connected): Promise<void> {
    const source = new AudioSource(48_000, 1);
    const track = LocalAudioTrack.createAudioTrack('voice', source);
    await room.localParticipant?.publishTrack(
      track,
      new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }),
    );
    await source.captureFrame(AudioFrame.create(48_000, 1, 480));
  }
  const isMuted = async (roomId: string, { id }: Person): Promise<boolean[]> =>
    (await livekit.getParticipant(roomId, id)).tracks.map(({ muted }) => muted);

  it('hand-over gives the new host the screen and takes it from the former, while both are connected', async () => {
    const room = await newRoom(host.token);
    await using former = await connect(await join(room.id, host.token));
    await using next = await connect(await join(room.id, bob.token));
    await using looker = await connect(await join(room.id, carol.token));
    await showScreen(former);
    await stands(room.id, host, asHost);
    await stands(room.id, bob, asParticipant);

    await act(`/rooms/${room.id}/host/${bob.id}`, host, apiTwo);

    await hasRole(next, 'HOST');
    await hasRole(former, 'PARTICIPANT');
    await stands(room.id, bob, asHost);
    await stands(room.id, host, asParticipant);
    await eventually(() =>
      expect(looker.room.remoteParticipants.get(bob.id)?.attributes['role']).toBe('HOST'),
    );
    await showScreen(next);
    expect((await livekit.getParticipant(room.id, host.id)).tracks).toEqual([]);
  });

  it('who inherits a room that its host left may show a screen', async () => {
    const room = await newRoom(host.token);
    await using heir = await connect(await join(room.id, bob.token));
    await act(`/rooms/${room.id}/leave`, host, apiTwo);
    await hasRole(heir, 'HOST');
    await stands(room.id, bob, asHost);
  });

  it('who connects with a token from before the hand-over has the role of now', async () => {
    const room = await newRoom(host.token);
    const joins = [await join(room.id, host.token), await join(room.id, bob.token)] as const;
    await act(`/rooms/${room.id}/host/${bob.id}`, host);
    await carriedOn(room.id);
    await using _former = await connect(joins[0]);
    await using _next = await connect(joins[1]);
    await eventually(async () => expect(await standing(room.id, bob)).toEqual(asHost), 4_000);
    await eventually(async () => expect(await standing(room.id, host)).toEqual(asParticipant), 4_000);
  });

  it('everybody may show a screen in a private room, before and after it is handed over', async () => {
    const room = await newRoom(host.token, { access: 'private', invited: [bob.id] });
    await using _former = await connect(await join(room.id, host.token));
    await using next = await connect(await join(room.id, bob.token));
    await stands(room.id, bob, { ...asParticipant, screen: true });
    await act(`/rooms/${room.id}/host/${bob.id}`, host);
    await hasRole(next, 'HOST');
    await stands(room.id, host, { ...asParticipant, screen: true });
  });

  it('one is muted, and no other; then all but the host', async () => {
    const room = await newRoom(host.token);
    const clients = await Promise.all(
      [host, bob, carol].map(async ({ token }) => connect(await join(room.id, token))),
    );
    await using _all = disposeOf(clients);
    const [hosts] = clients as [Connected, ...Connected[]];
    await Promise.all(clients.map(speak));
    await using tab = await inRoom(room.id, dave);
    const heard: string[] = [];
    hosts.room.on(RoomEvent.TrackMuted, (_publication, { identity }) => heard.push(identity));

    expect((await act(`/rooms/${room.id}/mute/${bob.id}`, host, apiTwo)).body).toEqual({ livekit: 'done' });
    expect(await Promise.all([host, bob, carol].map((who) => isMuted(room.id, who)))).toEqual([
      [false],
      [true],
      [false],
    ]);
    await eventually(() => expect(heard).toEqual([bob.id]));
    expect(await tab.hear('media:user-muted')).toEqual({ userId: bob.id, isMuted: true });

    expect((await act(`/rooms/${room.id}/mute`, host, apiOne)).body).toEqual({ livekit: 'done' });
    expect(await Promise.all([host, bob, carol].map((who) => isMuted(room.id, who)))).toEqual([
      [false],
      [true],
      [true],
    ]);
    await eventually(() => expect(heard).toEqual([bob.id, carol.id]));
    const { body } = await call('GET', `/rooms/${room.id}/participants`, { base: apiTwo });
    const present = body['present'] as unknown as { userId: string; isMuted: boolean }[];
    expect(Object.fromEntries(present.map((one) => [one.userId, one.isMuted]))).toEqual({
      [host.id]: false,
      [bob.id]: true,
      [carol.id]: true,
      [dave.id]: true,
    });
  });

  it('one who is not connected there is muted for us alone; one who is not in at all is nobody', async () => {
    const room = await newRoom(host.token);
    await join(room.id, bob.token);
    expect((await act(`/rooms/${room.id}/mute/${bob.id}`, host)).body).toEqual({ livekit: 'done' });
    expect(codeOf(await act(`/rooms/${room.id}/mute/${carol.id}`, host))).toEqual([
      404,
      'NO_SUCH_PARTICIPANT',
    ]);
  });

  describe('that the instance asked cannot reach', () => {
    let world: Awaited<ReturnType<typeof makeWorld>>;
    beforeAll(async () => {
      world = await makeWorld();
    });
    afterAll(() => world.close());

    /** Bob is to be kicked, Carol muted; so is Dave, who says that he is muted, and is not. All in one room. */
    async function makeWorld() {
      const { id } = await newRoom(host.token);
      const clients = await Promise.all(
        [bob, carol, dave].map(async ({ token }) => connect(await join(id, token))),
      );
      const [bobs, carols, daves] = clients as [Connected, Connected, Connected];
      await Promise.all([speak(carols), speak(daves)]);
      const tabs = await Promise.all([bob, dave].map((who) => inRoom(id, who)));
      const [bobsTab, davesTab] = tabs as [TestSocket, TestSocket];
      await davesTab.do('media:toggle-mic', { isMuted: true });
      const cut = await startInstance({ LIVEKIT_URL: 'http://127.0.0.1:9', SHUTDOWN_GRACE: '0ms' });
      const asked = [`/kick/${bob.id}`, `/mute/${carol.id}`, `/mute/${dave.id}`];
      const answers = await Promise.all(asked.map((what) => act(`/rooms/${id}${what}`, host, cut.api)));
      return {
        id,
        answers,
        bobs,
        bobsTab,
        async close() {
          for (const { socket } of tabs) socket.disconnect();
          await Promise.all([cut, ...clients].map((one) => one[Symbol.asyncDispose]()));
        },
      };
    }

    it('the host hears that it is still to be done there', () => {
      for (const answer of world.answers)
        expect(answer).toMatchObject({ status: 200, body: { livekit: 'pending' } });
    });

    it('the kicked one is out of the room all the same', async () => {
      expect(await world.bobsTab.hear('room:user-kicked')).toEqual({ userId: bob.id });
      expect(await tryJoin(world.id, bob)).toEqual([403, 'KICKED']);
      const { participants } = await getRoom(world.id);
      expect(participants.map(({ userId }) => userId)).not.toContain(bob.id);
    });

    it('the kick is done there by an instance that reaches it', async () => {
      expect(await world.bobs.disconnected).toBe(DisconnectReason.PARTICIPANT_REMOVED);
    });

    it('the mute is done there by an instance that reaches it', () =>
      eventually(async () => expect(await isMuted(world.id, carol)).toEqual([true]), BY_THE_SWEEP));

    it('the mute is done there too of one who counted as muted here', () =>
      eventually(async () => expect(await isMuted(world.id, dave)).toEqual([true]), 5_000));
  });
});

function disposeOf(clients: readonly Connected[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}
