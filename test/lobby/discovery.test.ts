import { beforeAll, describe, expect, it } from '@jest/globals';
import { payloads } from '../../src/lobby/protocol.ts';
import { call, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startInstance } from '../support/service.ts';
import { openSocket, TestSocket } from '../support/socket.ts';
import { output } from '../support/stack.ts';
import {
  asHost,
  first,
  heardNames,
  hearListUpdate,
  listUpdates,
  lobbyIsQuiet,
  opened,
  type Person,
  people,
  second,
} from './support.ts';

/** What someone who is not signed in hears of the list of public rooms, and that they hear and do nothing else. */

let alice: Person;
let bob: Person;
let carol: Person;
beforeAll(async () => {
  [alice, bob, carol] = await people('alice', 'bob', 'carol');
});

const { keep, comeIn, socketOf } = opened();

/** Watches without a token, at the gateway or past it. */
const watch = async (url = output('PUBLIC_URL')): Promise<TestSocket> =>
  keep(await openSocket(undefined, `${url}/discovery`));
const watchEverywhere = () => Promise.all([watch(), watch(first.url), watch(second.url)]);

describe('without signing in', () => {
  it('one hears of rooms of either instance: made, changed with who is in, handed over, ended', async () => {
    const watchers = await watchEverywhere();
    for (const [place, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const { id } = await newRoom(alice.token, { title: 'For all to see' }, place.api);
      for (const watcher of watchers) {
        const { action, room } = await hearListUpdate(watcher, id);
        expect([action, room]).toEqual(['created', (await listed(id, other.api)) as unknown]);
        expect(room).toMatchObject({
          title: 'For all to see',
          hostName: 'alice Test',
          joinedParticipants: 1,
        });
      }
      await join(id, bob.token, other.api);
      await join(id, carol.token, place.api);
      for (const watcher of watchers)
        await hearListUpdate(watcher, id, ({ room }) => room['joinedParticipants'] === 3);
      await asHost('POST', `/rooms/${id}/host/${bob.id}`, alice, other);
      for (const watcher of watchers)
        await hearListUpdate(watcher, id, ({ room }) => room['hostName'] === 'bob Test');
      await call('POST', `/rooms/${id}/leave`, { token: bob.token, base: place.api });
      for (const watcher of watchers)
        await hearListUpdate(
          watcher,
          id,
          ({ room }) => room['hostName'] === 'alice Test' && room['joinedParticipants'] === 2,
        );
      await asHost('DELETE', `/rooms/${id}`, alice, other);
      for (const watcher of watchers) {
        const { room } = await hearListUpdate(watcher, id, ({ action }) => action === 'ended');
        expect(room).toMatchObject({ status: 'ENDED', hostName: 'alice Test', joinedParticipants: 0 });
        const actions = listUpdates(watcher, id).map(({ action }) => action);
        expect([actions[0], actions.at(-1)]).toEqual(['created', 'ended']);
        expect(new Set(actions.slice(1, -1))).toEqual(new Set(['updated']));
      }
    }
  });

  it('one is told word for word what the lobby is told', async () => {
    const lobby = await socketOf(carol, first);
    const watcher = await watch(first.url);
    const { id } = await newRoom(alice.token, {}, second.api);
    for (const { token } of [bob, carol]) await join(id, token, first.api);
    await asHost('DELETE', `/rooms/${id}`, alice, first);
    for (const socket of [lobby, watcher])
      await hearListUpdate(socket, id, ({ action }) => action === 'ended');
    expect(listUpdates(watcher, id)).toEqual(listUpdates(lobby, id));
  });

  it('one hears nothing of private rooms, nor of what is said and done in any', async () => {
    const watchers = await watchEverywhere();
    const hidden = await newRoom(alice.token, { access: 'private', invited: [bob.id] }, first.api);
    const open = await newRoom(alice.token, {}, second.api);
    for (const { id } of [hidden, open]) {
      const a = await comeIn(id, alice, first);
      const b = await comeIn(id, bob, second);
      await a.do('chat:message', { message: 'between us' });
      await a.do('hand:raise');
      await b.hear('hand:raised');
    }
    await asHost('DELETE', `/rooms/${hidden.id}`, alice, second);
    await lobbyIsQuiet(alice, ...watchers);
    for (const watcher of watchers) {
      expect(new Set(heardNames(watcher))).toEqual(new Set(['room:list-update']));
      expect(listUpdates(watcher, hidden.id)).toEqual([]);
      expect(JSON.stringify(watcher.heard)).not.toContain('between us');
    }
  });

  it('one begins anew after a cut: what was missed is in the list that is read then', async () => {
    const watcher = await watch(first.url);
    await watcher.goAway();
    const { id } = await newRoom(alice.token, {}, first.api);
    await watcher.comeBack(second.url);
    expect(watcher.socket.recovered ?? false).toBe(false);
    expect(await listed(id, second.api)).toMatchObject({ id });
    await lobbyIsQuiet(alice, watcher);
    expect(listUpdates(watcher, id)).toEqual([]);
    await join(id, bob.token, first.api);
    await hearListUpdate(watcher, id, ({ room }) => room['joinedParticipants'] === 2);
  });

  it.each([...Object.keys(payloads), 'room:list-update', 'nonsense'])(
    'one may not ask for %s',
    async (name) => {
      const { id } = await newRoom(alice.token, {}, first.api);
      const watcher = await watch(first.url);
      for (const payload of [{ roomId: id }, { roomId: id, message: 'Hello', token: alice.token }, undefined])
        expect((await watcher.ask(name, payload)).error?.code).toBe('UNAUTHENTICATED');
      // Without an acknowledgement there is nothing to answer.
      watcher.socket.emit(name, { roomId: id });
      expect(await listed(id, first.api)).toMatchObject({ joinedParticipants: 1 });
      expect(watcher.cuts).toEqual([]);
    },
  );

  it('one who sends on and on is told why and cut', async () => {
    const watcher = await watch();
    for (let times = 0; times < 200; times += 1) watcher.socket.emit('chat:message', { message: 'Hello' });
    await eventually(() => expect(watcher.cuts).toEqual(['io server disconnect']));
    expect(watcher.all('session:ended')).toEqual([{ code: 'RATE_LIMITED', message: expect.any(String) }]);
  });

  it('one is not let into the default namespace, by the same connection or another', async () => {
    const watcher = await watch();
    const own = watcher.socket.io.socket('/');
    const refused = new Promise((resolve) => own.once('connect_error', resolve));
    own.connect();
    expect(await refused).toMatchObject({ data: { code: 'UNAUTHENTICATED' } });
    for (const { url } of [first, second])
      await expect(openSocket(undefined, url)).rejects.toMatchObject({ data: { code: 'UNAUTHENTICATED' } });
    await lobbyIsQuiet(alice, watcher);
    expect(watcher.cuts).toEqual([]);
  });

  it('one is refused from a page of another origin, as everybody is', async () => {
    const from = async (origin: string): Promise<string> => {
      const options = { extraHeaders: { origin }, reconnection: false };
      const { socket } = keep(new TestSocket(undefined, `${first.url}/discovery`, options));
      return new Promise((resolve) => {
        socket.once('connect', () => resolve('let in'));
        socket.once('connect_error', ({ message }) => resolve(message));
      });
    };
    expect(await from(output('PUBLIC_URL'))).toBe('let in');
    expect(await from('https://elsewhere.test')).toMatch(/error/);
  });

  it('one is cut when the instance stops, and watches on by oneself at another', async () => {
    await using stopping = await startInstance({ INSTANCE_ID: 'watched' });
    const watcher = await watch(stopping.url);
    watcher.moveTo(second.url);
    await stopping[Symbol.asyncDispose]();
    await watcher.connected();
    expect(watcher.cuts).toEqual(['transport close']);
    const { id } = await newRoom(alice.token, {}, first.api);
    expect((await hearListUpdate(watcher, id)).action).toBe('created');
  });
});

/** The room as anybody finds it in the list; undefined when it is not there. */
async function listed(roomId: string, base: string): Promise<unknown> {
  const { body } = await call('GET', '/rooms?limit=100', { base });
  return (body['rooms'] as unknown as { id: string }[]).find(({ id }) => id === roomId);
}
