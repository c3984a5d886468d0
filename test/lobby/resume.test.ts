import { createConnection, createServer, type Socket as TcpSocket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import { again } from '../support/again.ts';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startInstance } from '../support/service.ts';
import { freePort } from '../support/service-process.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import {
  asHost,
  first,
  heardNames,
  hearListUpdate,
  isUser,
  listUpdates,
  lobbyIsQuiet,
  ofTheRoom,
  opened,
  type Person,
  type Place,
  people,
  second,
  sleep,
  texts,
} from './support.ts';

/** Sockets that are cut off and come back, mostly elsewhere: what their clients are told, and what not. */

type Instance = Awaited<ReturnType<typeof startInstance>>;

let alice: Person;
let bob: Person;
let carol: Person;
let dave: Person;
let mongo: mongoose.Connection;
beforeAll(async () => {
  [alice, bob, carol, dave] = await people('alice', 'bob', 'carol', 'dave');
  mongo = await mongoose.createConnection(output('MONGO_URL')).asPromise();
});
afterAll(() => mongo.close());

const { keep, socketOf, comeIn } = opened();

/** A room of Alice's, who is at one instance, and Bob at another. */
async function pair(input: Record<string, unknown> = {}, here = first, there = second) {
  const { id } = await newRoom(alice.token, input, here.api);
  const [a, b] = await Promise.all([socketOf(alice, here), socketOf(bob, there)]);
  for (const socket of [a, b]) await socket.do('room:join', { roomId: id });
  await a.hear('room:user-joined');
  return { id, a, b };
}

const say = (socket: TestSocket, message: string) => socket.do('chat:message', { message });

/** Waits until this socket has heard something that is said now, and so all that came before. */
async function isUpToDate(speaker: TestSocket, ...sockets: TestSocket[]): Promise<void> {
  const message = crypto.randomUUID();
  await say(speaker, message);
  for (const socket of sockets) await socket.hear('chat:message', (heard) => heard['message'] === message);
}

async function connectionsOf(roomId: string, { id }: Person): Promise<string[] | undefined> {
  type Seats = { userId: string; connections: string[] }[];
  const room = await mongo.collection<{ _id: string; seats: Seats }>('rooms').findOne({ _id: roomId });
  return room?.seats.find(({ userId }) => userId === id)?.connections;
}

/** Someone whose client claims that it was told this much. */
const claiming = async (person: Person, offset: unknown, more: object = {}): Promise<TestSocket> =>
  keep(
    await openSocket(person.token, second.url, { auth: { token: person.token, pid: 'p', offset, ...more } }),
  );

describe('a socket in a room that was cut', () => {
  it('goes on at the other instance: told what it missed, each once and in order, and nothing again', async () => {
    const { id, a, b } = await pair();
    const c = await comeIn(id, carol, second);
    await say(a, 'heard');
    await b.hear('chat:message');
    await b.goAway();
    await say(a, 'one');
    await c.do('hand:raise');
    await comeIn(id, dave, first);
    await c.do('media:toggle-mic', { isMuted: true });
    await say(c, 'two');
    await asHost('PATCH', `/rooms/${id}`, alice, second, { title: 'Renamed' });
    await c.do('room:leave', { roomId: id });
    b.clear();
    await b.comeBack(first.url);
    expect(b.socket.recovered).toBe(true);
    await isUpToDate(a, b);

    expect(ofTheRoom(b)).toEqual([
      'chat:message',
      'hand:raised',
      'room:user-joined',
      'media:user-muted',
      'chat:message',
      'room:updated',
      'room:user-left',
      'chat:message',
    ]);
    expect(texts(b).slice(0, 2)).toEqual(['one', 'two']);
    expect(a.all('room:user-left').filter(isUser(bob))).toEqual([]);
    // Its seat is the one it had, and everything works from here.
    await b.do('hand:raise');
    await a.hear('hand:raised', isUser(bob));
    await eventually(async () => expect(await connectionsOf(id, bob)).toHaveLength(1));
  });

  it('again and again, while others talk without pause, hears all of it once and in order, and leaves no trace', async () => {
    const { id, a, b } = await pair();
    const c = await comeIn(id, carol, second);
    const talk = (socket: TestSocket, name: string) => async (n: number) => {
      await say(socket, `${name} ${n}`);
      // Within what one may say in a second.
      await sleep(110);
    };
    await using talks = again(talk(a, 'alice'), talk(c, 'carol'));
    for (const place of [first, second, second, first]) {
      await b.interrupt(place.url);
      expect(b.socket.recovered).toBe(true);
      await b.hear('chat:message', ({ message }) => message === texts(b).at(-1));
      await sleep(80);
    }
    await talks.stop();
    await isUpToDate(a, b, c);
    expect(texts(b)).toEqual(texts(c));
    expect(texts(b)).toEqual(texts(a));
    expect(texts(b).length).toBeGreaterThan(10);
    expect(b.all('room:state')).toHaveLength(1);

    b.socket.disconnect();
    await eventually(async () => expect(await connectionsOf(id, bob)).toEqual([]));
  });

  it('before anything was said is where it was all the same', async () => {
    const { a, b } = await pair();
    await b.interrupt(first.url);
    expect(b.socket.recovered).toBe(true);
    await isUpToDate(a, b);
    expect(ofTheRoom(b)).toEqual(['room:state', 'chat:message']);
  });

  it('is one of two tabs: the other hears nothing of it, and the seat stays', async () => {
    const { id, a, b } = await pair();
    const other = await comeIn(id, bob, first);
    await b.goAway();
    await say(a, 'one');
    await say(other, 'two');
    await b.comeBack(first.url);
    await isUpToDate(a, b, other);
    expect(texts(b).slice(0, 2)).toEqual(['one', 'two']);
    expect(texts(b)).toEqual(texts(other));
    for (const socket of [a, other]) expect(socket.all('room:user-left')).toEqual([]);
    // The cut one's is closed behind its back.
    await eventually(async () => expect(await connectionsOf(id, bob)).toHaveLength(2));
  });

  it('with messages on their way to it over a dead line gets them, and the dead line takes no seat with it', async () => {
    await using line = await lineTo(second);
    const { id } = await newRoom(alice.token, {}, first.api);
    const a = await comeIn(id, alice, first);
    const b = await comeIn(id, bob, { ...second, url: line.url });
    line.goDead();
    await say(a, 'into the void');
    await b.goAway();
    await b.comeBack(first.url);
    expect(b.socket.recovered).toBe(true);
    await isUpToDate(a, b);
    expect(texts(b)[0]).toBe('into the void');
    expect(await connectionsOf(id, bob)).toHaveLength(2);
    // Now its old instance notices.
    await line[Symbol.asyncDispose]();
    await eventually(async () => expect(await connectionsOf(id, bob)).toHaveLength(1));
    await isUpToDate(a, b);
    expect(a.all('room:user-left')).toEqual([]);
  });
});

describe('a socket in the lobby that was cut', () => {
  it('hears what was made and ended while it was away, each once, in order', async () => {
    const w = await socketOf(dave, first);
    const made = await Promise.all([1, 2].map(() => newRoom(alice.token, {}, first.api)));
    const [kept, closed] = made.map(({ id }) => id) as [string, string];
    for (const id of [kept, closed]) await hearListUpdate(w, id);
    await w.goAway();
    w.clear();
    const later = await newRoom(alice.token, {}, first.api);
    const brief = await newRoom(alice.token, {}, second.api);
    await asHost('DELETE', `/rooms/${brief.id}`, alice, first);
    await asHost('DELETE', `/rooms/${closed}`, alice, second);
    await w.comeBack(second.url);
    expect(w.socket.recovered).toBe(true);
    await lobbyIsQuiet(alice, w);

    const own = [later.id, brief.id, closed];
    const told = (w.all('room:list-update') as { action: string; room: { id: string } }[]).flatMap(
      ({ action, room: { id } }) => (own.includes(id) ? [[action, id]] : []),
    );
    expect(told).toEqual([
      ['created', later.id],
      ['created', brief.id],
      ['ended', brief.id],
      ['ended', closed],
    ]);
    expect(w.all('lobby:entered')).toEqual([]);
  });

  it('does not hear again of what it has heard of', async () => {
    const w = await socketOf(dave, first);
    const { id } = await newRoom(alice.token, {}, first.api);
    await hearListUpdate(w, id);
    await w.interrupt(second.url);
    expect(w.socket.recovered).toBe(true);
    await lobbyIsQuiet(alice, w);
    expect(listUpdates(w, id).map(({ action }) => action)).toEqual(['created']);
  });

  it('hears of a room that ends in the very moment of its return', async () => {
    const w = await socketOf(dave, first);
    const made = await Promise.all(Array.from({ length: 4 }, () => newRoom(alice.token, {}, first.api)));
    for (const { id } of made) await hearListUpdate(w, id);
    for (const [turn, { id }] of made.entries()) {
      await w.goAway();
      const ending = asHost('DELETE', `/rooms/${id}`, alice, first);
      if (turn % 2 === 0) await ending;
      await Promise.all([ending, w.comeBack(turn < 2 ? first.url : second.url)]);
      await hearListUpdate(w, id, ({ action }) => action === 'ended');
    }
  });

  it('again and again, while rooms come and go at both instances, hears of each once, and of its end last', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 6 }, (_, n) => socketOf(dave, n % 2 ? first : second)),
    );
    for (const w of sockets) await w.hear('lobby:entered');
    const ids: string[] = [];
    let going = true;
    const comeAndGo = async (made: Place, ended: Place) => {
      while (going) {
        const { id } = await newRoom(alice.token, {}, made.api);
        ids.push(id);
        await sleep(60);
        await asHost('DELETE', `/rooms/${id}`, alice, ended);
      }
    };
    const changes = [comeAndGo(first, second), comeAndGo(second, first)];
    const toAndFro = async (w: TestSocket, n: number) => {
      for (let turn = n; turn < n + 12; turn += 1) {
        await sleep(40 + ((turn * 37) % 120));
        await w.interrupt(turn % 2 ? first.url : second.url);
        expect(w.socket.recovered).toBe(true);
      }
    };
    await Promise.all(sockets.map(toAndFro));
    going = false;
    await Promise.all(changes);
    await lobbyIsQuiet(alice, ...sockets);
    const heard = sockets.flatMap((w) =>
      ids.map((id) =>
        listUpdates(w, id)
          .map(({ action }) => action)
          .join(),
      ),
    );
    // That a room was made is not told where its end is known already.
    expect(heard.filter((actions) => actions !== 'created,ended' && actions !== 'ended')).toEqual([]);
  });

  it('goes on at an instance that was not there before, and hears what happens in that very moment too', async () => {
    const sockets = await Promise.all(Array.from({ length: 6 }, () => socketOf(dave, first)));
    const made = await Promise.all([1, 2].map(() => newRoom(alice.token, {}, first.api)));
    const [before, during] = made.map(({ id }) => id) as [string, string];
    for (const w of sockets) for (const { id } of made) await hearListUpdate(w, id);
    // Who is told from the store is told of two seconds more than they missed; these are older than that.
    await sleep(2_100);
    await lobbyIsQuiet(alice, ...sockets);
    await Promise.all(sockets.map((w) => w.goAway()));
    const later = await newRoom(alice.token, {}, second.api);
    await asHost('DELETE', `/rooms/${before}`, alice, first);
    await using fresh = await startInstance({ INSTANCE_ID: 'fresh', SHUTDOWN_GRACE: '0ms' });
    await Promise.all([
      asHost('DELETE', `/rooms/${during}`, alice, first),
      ...sockets.map((w, turn) => sleep(turn * 5).then(() => w.comeBack(fresh.url))),
    ]);
    await lobbyIsQuiet(alice, ...sockets);
    for (const w of sockets) {
      expect(w.socket.recovered).toBe(true);
      const actions = [later.id, before, during].map((id) => listUpdates(w, id).map(({ action }) => action));
      expect(actions).toEqual([['created'], ['created', 'ended'], ['created', 'ended']]);
      w.socket.disconnect();
    }
  });

  it('before anything happened is in the lobby, and hears what happens', async () => {
    const w = await socketOf(dave, first);
    await w.hear('lobby:entered');
    await w.interrupt(second.url);
    expect(w.socket.recovered).toBe(true);
    await lobbyIsQuiet(alice, w);
    expect(w.all('lobby:entered')).toHaveLength(1);
  });
});

describe('what happened to someone while they were away', () => {
  /** The socket is in the lobby now, and hears nothing more of the room. */
  async function isOut(b: TestSocket, a?: TestSocket): Promise<void> {
    expect(b.socket.recovered).toBe(false);
    await b.hear('lobby:entered');
    if (a) await say(a, 'among us');
    await lobbyIsQuiet(alice, b);
    expect(texts(b)).not.toContain('among us');
    expect(heardNames(b)).not.toContain('room:state');
    expect((await b.ask('hand:raise')).error?.code).toBe('NO_SEAT');
  }
  it('a kick: they hear what was said until then, and of the kick', async () => {
    const { id, a, b } = await pair();
    await b.goAway();
    b.clear();
    await say(a, 'before');
    await asHost('POST', `/rooms/${id}/kick/${bob.id}`, alice, first);
    await say(a, 'after');
    await b.comeBack(first.url);
    await isOut(b, a);
    expect(ofTheRoom(b)).toEqual(['chat:message', 'room:user-kicked']);
    expect([texts(b), b.all('room:user-kicked')]).toEqual([['before'], [{ userId: bob.id }]]);
    expect((await b.ask('room:join', { roomId: id })).error?.code).toBe('KICKED');
  });

  it('the end of the room by its host: they hear what was said until then, and of the end', async () => {
    const { id, a, b } = await pair();
    await b.goAway();
    b.clear();
    await say(a, 'before');
    await asHost('DELETE', `/rooms/${id}`, alice, first);
    await b.comeBack(first.url);
    await isOut(b);
    expect(ofTheRoom(b)).toEqual(['chat:message', 'room:ended']);
  });

  it('they left in another tab: they hear that they are out', async () => {
    const { id, a, b } = await pair();
    await b.goAway();
    b.clear();
    await call('POST', `/rooms/${id}/leave`, { token: bob.token, base: first.api });
    await b.comeBack(first.url);
    await isOut(b, a);
    expect(ofTheRoom(b)).toEqual(['room:user-left']);
  });

  it('a kick in the very moment of their return: told once, and out', async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      const { id, a, b } = await pair();
      await b.goAway();
      b.clear();
      await Promise.all([
        b.comeBack(turn % 2 === 0 ? first.url : second.url),
        sleep(turn * 4).then(() => asHost('POST', `/rooms/${id}/kick/${bob.id}`, alice, first)),
      ]);
      await b.hear('room:user-kicked');
      await b.hear('lobby:entered');
      await say(a, 'after');
      await lobbyIsQuiet(alice, b);
      expect([texts(b), b.all('room:user-kicked')]).toEqual([[], [{ userId: bob.id }]]);
    }
  });
});

describe('at instances that wait for nobody', () => {
  const settings = { ROOM_EMPTY_GRACE: '1s', SHUTDOWN_GRACE: '0ms' };
  let here: Instance;
  let there: Instance;
  let hasty: Instance;
  beforeAll(async () => {
    [here, there, hasty] = await Promise.all([
      startInstance({ ...settings, INSTANCE_ID: 'here' }),
      startInstance({ ...settings, INSTANCE_ID: 'there' }),
      startInstance({ ...settings, INSTANCE_ID: 'hasty', SOCKET_RESUME_WITHIN: '1s' }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([here, there, hasty].map((one) => one[Symbol.asyncDispose]()));
  });

  it('one whose seat lapsed while away is seated again, and all see them go and come', async () => {
    const { id, a, b } = await pair({}, here, there);
    await b.goAway();
    b.clear();
    await a.hear('room:user-left', isUser(bob));
    await say(a, 'meanwhile');
    await b.comeBack(here.url);
    expect(b.socket.recovered).toBe(true);
    await a.hear('room:user-joined', () => a.all('room:user-joined').length === 2);
    await isUpToDate(a, b);
    expect(ofTheRoom(b)).toEqual(['room:user-left', 'chat:message', 'room:user-joined', 'chat:message']);
    await say(b, 'here again');
    expect((await getRoom(id)).joinedParticipants).toBe(2);
  });

  it('one whose seat lapsed and is taken hears that they are out', async () => {
    const { id, a, b } = await pair({ maxParticipants: 2 }, here, there);
    await b.goAway();
    b.clear();
    await a.hear('room:user-left', isUser(bob));
    await comeIn(id, carol, here);
    await b.comeBack(here.url);
    expect(b.socket.recovered).toBe(false);
    await b.hear('lobby:entered');
    expect(b.all('room:user-left')).toEqual([{ userId: bob.id }]);
    expect((await b.ask('room:join', { roomId: id })).error?.code).toBe('ROOM_FULL');
  });

  it('the last one, whose room ended while they were away, hears of its end', async () => {
    const { id } = await newRoom(alice.token, {}, here.api);
    const a = await comeIn(id, alice, here);
    await a.goAway();
    a.clear();
    await eventually(async () => expect((await getRoom(id)).status).toBe('ENDED'));
    await a.comeBack(there.url);
    expect(a.socket.recovered).toBe(false);
    await a.hear('lobby:entered');
    expect(a.all('room:ended')).toEqual([{ roomId: id }]);
  });

  it('one who was away for too long begins anew in the lobby, and may join again', async () => {
    const { id, a, b } = await pair({}, here, hasty);
    const other = await comeIn(id, bob, here);
    const w = await socketOf(dave, hasty);
    await Promise.all([b.goAway(), w.goAway()]);
    b.clear();
    w.clear();
    await say(a, 'long ago');
    await sleep(1_300);
    await Promise.all([b.comeBack(), w.comeBack()]);
    for (const socket of [b, w]) {
      expect(socket.socket.recovered).toBe(false);
      await socket.hear('lobby:entered');
    }
    await lobbyIsQuiet(alice, b, w);
    expect(texts(b)).toEqual([]);
    await b.do('room:join', { roomId: id });
    await isUpToDate(other, b);
    expect(b.all('room:state')).toHaveLength(1);
  });

  it('one whose line breaks while they come in does not keep the seat', async () => {
    const { id } = await newRoom(alice.token, {}, first.api);
    const options = { reconnection: false, transports: ['websocket'] };
    const sockets = await Promise.all(
      Array.from({ length: 24 }, () => openSocket(bob.token, here.url, options).then(keep)),
    );
    const joinAndGo = async (b: TestSocket, turn: number) => {
      b.socket.emit('room:join', { roomId: id });
      await sleep(turn % 3);
      b.cut();
    };
    await Promise.all(sockets.map(joinAndGo));
    // Whatever was on its way has been done by then; a connection that is counted now would be for ever.
    await sleep(1_500);
    await eventually(async () => expect((await connectionsOf(id, bob)) ?? []).toEqual([]));
  });

  it('when one of them stops, those who were there go on at the other, and miss nothing', async () => {
    const closing = await startInstance({ ...settings, INSTANCE_ID: 'closing' });
    const { a, b } = await pair({}, here, closing);
    const w = await socketOf(dave, closing);
    for (const socket of [b, w]) socket.moveTo(there.url);
    await using talks = again((n) => Promise.all([say(a, `${n}`), sleep(110)]));
    await closing[Symbol.asyncDispose]();
    await eventually(() => expect([b, w].map(({ socket }) => socket.connected)).toEqual([true, true]));
    await talks.stop();
    await isUpToDate(a, b);
    await lobbyIsQuiet(alice, w);
    expect([b, w].map(({ socket }) => socket.recovered)).toEqual([true, true]);
    expect(texts(b)).toEqual(texts(a));
    expect([a.all('room:user-left'), b.all('room:state')]).toMatchObject([[], [{}]]);
  });
});

describe('what a client claims to have been told', () => {
  /** Fails when the socket was told anything that happened in a room. */
  async function isToldNothing(socket: TestSocket): Promise<void> {
    await socket.hear('lobby:entered');
    await lobbyIsQuiet(alice, socket);
    expect(ofTheRoom(socket)).toEqual([]);
    expect(socket.socket.recovered).toBe(false);
    expect((await socket.ask('chat:message', { message: 'hello' })).error?.code).toBe('NO_SEAT');
  }

  it.each(['public', 'private'])(
    'tells a stranger nothing of a %s room, and seats nobody',
    async (access) => {
      const { id, a } = await pair({ access, invited: [bob.id] });
      await say(a, 'among us');
      await isToldNothing(await claiming(dave, `room/${id}/0`));
      expect((await getRoom(id, alice.token)).joinedParticipants).toBe(2);
    },
  );

  it('tells a stranger nothing of a room that has ended', async () => {
    const { id, a } = await pair({ access: 'private', invited: [bob.id] });
    await say(a, 'among us');
    await asHost('DELETE', `/rooms/${id}`, alice, first);
    await isToldNothing(await claiming(dave, `room/${id}/0`));
  });

  it('tells one who was kept out before they ever came nothing of what was said until then', async () => {
    const { id, a } = await pair({ access: 'private', invited: [bob.id] });
    await say(a, 'among us');
    await asHost('POST', `/rooms/${id}/kick/${dave.id}`, alice, first);
    await isToldNothing(await claiming(dave, `room/${id}/0`));
  });

  it('tells one who left nothing of what was said since', async () => {
    const { id, a, b } = await pair();
    await b.do('room:leave', { roomId: id });
    await say(a, 'without him');
    const again = await claiming(bob, `room/${id}/0`);
    await again.hear('lobby:entered');
    await lobbyIsQuiet(alice, again);
    expect(texts(again)).toEqual([]);
  });

  it('tells one who was kicked nothing of what was said since, also when they claim to know the future', async () => {
    const { id, a } = await pair();
    const b = await claiming(bob, `room/${id}/999999999999999`);
    await asHost('POST', `/rooms/${id}/kick/${bob.id}`, alice, first);
    await say(a, 'without him');
    await isUpToDate(a, a);
    expect(texts(b)).toEqual([]);
    expect((await b.ask('chat:message', { message: 'hello' })).ok).toBe(false);
    await b.interrupt();
    await lobbyIsQuiet(alice, b);
    expect(texts(b)).toEqual([]);
  });

  const nonsense: unknown[] = [
    '',
    'x',
    'room/',
    'room//0',
    'room/__proto__/0',
    'room/nowhere/0',
    'room/../0',
    'room/a/-1',
    'room/a/1e3',
    'room/a/99999999999999999999',
    'lobby/',
    'lobby/-1',
    'lobby/0',
    'lobby/999999999999999',
    'a/'.repeat(5_000),
    7,
    true,
    null,
    {},
    [],
    ['room', 'x', '0'],
    { $ne: null },
    { toString: 'x' },
  ];
  it('may be nonsense, which does no harm', async () => {
    const sockets = await Promise.all(nonsense.map((offset) => claiming(bob, offset)));
    for (const socket of sockets) expect((await socket.ask('hand:raise')).error?.code).toBe('NO_SEAT');
    await lobbyIsQuiet(alice, ...sockets);
  });

  it('may come under a name that is nonsense, which does no harm', async () => {
    const { id, a } = await pair();
    const names: unknown[] = [7, null, {}, [], '', 'x'.repeat(10_000), { $ne: null }];
    const sockets = await Promise.all(names.map((pid) => claiming(bob, `room/${id}/0`, { pid })));
    await isUpToDate(a, ...sockets);
  });
});

/** A line to an instance that can go dead: both ends still believe in it, and nothing comes through. */
async function lineTo({ url }: Place) {
  const { hostname, port: target } = new URL(url);
  const port = await freePort();
  const ends: TcpSocket[] = [];
  const server = createServer((near) => {
    const far = createConnection({ host: hostname, port: Number(target) });
    for (const end of [near, far]) ends.push(end.on('error', () => {}));
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    goDead() {
      for (const end of ends) end.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
