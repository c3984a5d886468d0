import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import mongoose from 'mongoose';
import { call, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson, signIn } from '../support/keycloak.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { type PrivateNats, startPrivateNats } from '../support/private-nats.ts';
import { runReadyService, type ServiceProcess } from '../support/service-process.ts';
import { type Answer, type Asker, comeIn } from './asking.ts';
import { type CutMongo, cutMongo } from './cut-mongo.ts';

/** What becomes of requests when something goes wrong: real processes, a NATS and a database of this test's own. */

/** Processes start, and a request is given up after half a minute. */
jest.setTimeout(120_000);

type RoomDocument = { _id: string; seats: unknown; outbox: { data: { text?: string } }[] };
type Running = ServiceProcess & { url: string };

let opened: AsyncDisposableStack;
let nats: PrivateNats;
let store: CutMongo;
let databaseUrl: string;
let mongo: mongoose.Connection;
beforeEach(async () => {
  opened = new AsyncDisposableStack();
  nats = opened.use(await startPrivateNats());
  databaseUrl = opened.use(await ownDatabaseUrl()).url;
  store = opened.use(await cutMongo(databaseUrl));
  mongo = await mongoose.createConnection(databaseUrl).asPromise();
  opened.defer(() => mongo.close());
});
afterEach(() => opened.disposeAsync());

const run = async (name: string, settings: Record<string, string> = {}): Promise<Running> =>
  opened.use(
    await runReadyService({ ...nats.settings, MONGO_URL: databaseUrl, INSTANCE_ID: name, ...settings }),
  );
const apiOf = ({ url }: Running) => `${url}/api/realtime`;

/** A room with its host, by NATS. */
async function meeting(
  service: Running,
): Promise<{ roomId: string; host: { token: string }; asHost: Asker }> {
  const host = await newPerson('host');
  const { id } = await newRoom(host.token, {}, apiOf(service));
  return { roomId: id, host, asHost: await inRoom(id, host, service) };
}
// The door opens a moment after the others.
const inRoom = async (roomId: string, person: { id: string; token: string }, service: Running) =>
  opened.use(await eventually(() => comeIn(roomId, person, apiOf(service), [nats.url])));

const rooms = () => mongo.collection<RoomDocument>('rooms');
const saidIn = async (roomId: string, token: string, service: Running): Promise<string[]> => {
  const { body } = await call('GET', `/rooms/${roomId}/chat?limit=100`, { token, base: apiOf(service) });
  return (body['messages'] as unknown as { message: string }[]).map(({ message }) => message).toReversed();
};
const chat = (text: string): [type: string, data: unknown] => ['REQ_CHAT_MESSAGE', { message: text }];
const ids = (answers: Answer[]) => answers.map(({ id }) => id);

describe('an instance that is killed in the middle of a request', () => {
  it('leaves it to another, which does what is left: once in effect, and answered once', async () => {
    const text = 'Said by one who was killed right then';
    const doomed = await run('doomed', { MONGO_URL: store.url });
    const { roomId, host, asHost } = await meeting(doomed);
    await asHost.ask(...chat('Before'));
    store.loseAnswersAfter(text);
    const sent = await asHost.send(...chat(text));
    const after = await asHost.send(...chat('After'));
    // Written, and its worker does not know it.
    await eventually(async () => {
      const room = await rooms().findOne({ _id: roomId });
      if (!room?.outbox.some(({ data }) => data.text === text)) throw new Error('not written yet');
    });
    doomed.child.kill('SIGKILL');
    const heir = await run('heir');
    const { data } = await asHost.answerTo(sent, 40_000);
    await asHost.answerTo(after, 40_000);
    expect(data['message']).toMatchObject({ message: text });
    expect(await saidIn(roomId, host.token, heir)).toEqual(['Before', text, 'After']);
    await eventually(() =>
      expect(asHost.chat.map(({ data: { message } }) => message)).toEqual(['Before', text, 'After']),
    );
    expect(ids(asHost.answers()).slice(-2)).toEqual([sent, after]);
  });

  it('loses and doubles nothing of what many are saying', async () => {
    const settings = { LIMIT_CHAT: '10000/1s' };
    const doomed = await run('doomed', settings);
    const survivor = await run('survivor', settings);
    const { roomId, host, asHost } = await meeting(survivor);
    const texts = Array.from({ length: 90 }, (_, n) => `Message ${n}`);
    const sent: string[] = [];
    for (const [n, text] of texts.entries()) {
      sent.push(await asHost.send(...chat(text)));
      if (n === 45) doomed.child.kill('SIGKILL');
    }
    await asHost.answerTo(sent.at(-1) ?? null, 60_000);
    expect(await saidIn(roomId, host.token, survivor)).toEqual(texts);
    expect(ids(asHost.answers())).toEqual(sent);
  });
});

describe('a request while the database is away', () => {
  it('is tried again until it is back, and done once', async () => {
    const service = await run('cut off', { MONGO_URL: store.url });
    const { roomId, host, asHost } = await meeting(service);
    store.cut();
    const first = await asHost.send(...chat('First'));
    const second = await asHost.send(...chat('Second'));
    await eventually(() => expect(service.stdout()).toContain('"event":"messaging.request.failed"'));
    store.mend();
    expect(await asHost.answerTo(first, 40_000)).toMatchObject({ type: 'RES_CHAT_MESSAGE' });
    expect(await asHost.answerTo(second, 40_000)).toMatchObject({ type: 'RES_CHAT_MESSAGE' });
    expect(await saidIn(roomId, host.token, service)).toEqual(['First', 'Second']);
  });
});

describe('a request that cannot be done', () => {
  it('holds up nobody else, is given up after five failures, and is done when it is put back', async () => {
    const service = await run('poisoned');
    const { roomId, host, asHost } = await meeting(service);
    const { asHost: asOther } = await meeting(service);
    // Nothing can be decided on a room that is no room.
    const { seats } = (await rooms().findOne({ _id: roomId })) ?? {};
    await rooms().updateOne({ _id: roomId }, { $set: { seats: 'poison' } });
    const poisoned = await asHost.send(...chat('Poisoned'));
    const behind = await asHost.send(...chat('Behind it'));
    await eventually(() => expect(service.stdout()).toContain('"event":"messaging.request.failed"'));
    for (let n = 0; n < 60; n += 1)
      expect(await asOther.ask('REQ_RAISE_HAND')).toMatchObject({ type: 'RES_RAISE_HAND' });

    const ada = { token: await signIn('ada'), base: apiOf(service) };
    const dead = async () =>
      (await call('GET', '/admin/dead-requests', ada)).body['requests'] as unknown as {
        number: number;
        userId: string;
      }[];
    const given = await eventually(async () => {
      const [one] = await dead();
      if (!one) throw new Error('nothing is dead yet');
      return one;
    }, 60_000);
    expect(given).toMatchObject({ roomId, userId: asHost.userId, reason: 'INTERNAL', tries: 5 });
    expect(await asHost.answerTo(poisoned)).toMatchObject({ type: 'ERR', error: { code: 'INTERNAL' } });
    // Not before that: a later one does not overtake.
    expect(ids(asHost.answers())).toEqual([poisoned]);

    await rooms().updateOne({ _id: roomId }, { $set: { seats } });
    expect(await asHost.answerTo(behind, 60_000)).toMatchObject({ type: 'RES_CHAT_MESSAGE' });
    const { body: full } = await call('GET', `/admin/dead-requests/${given.number}`, ada);
    expect(JSON.parse(`${full['request']}`)).toMatchObject({ id: poisoned, data: { message: 'Poisoned' } });

    const put = () => call('POST', `/admin/dead-requests/${given.number}/put-back`, ada);
    const statuses = (await Promise.all([put(), put()])).map(({ status }) => status).toSorted();
    expect(statuses[0]).toBe(204);
    expect([204, 404]).toContain(statuses[1]);
    await eventually(async () =>
      expect(await saidIn(roomId, host.token, service)).toEqual(['Behind it', 'Poisoned']),
    );
    expect(await dead()).toEqual([]);
    expect((await put()).status).toBe(404);
  });

  it('is listed page by page, shows no token, and can be dropped', async () => {
    const service = await run('poisoned');
    const people = await Promise.all([0, 1, 2].map(() => meeting(service)));
    for (const { roomId, asHost } of people) {
      await rooms().updateOne({ _id: roomId }, { $set: { seats: 'poison' } });
      await asHost.send('REQ_RENEW_WAJLC_TOKEN', { token: asHost.messaging.token });
    }
    const ada = { token: await signIn('ada'), base: apiOf(service) };
    type Found = { requests: { number: number; roomId: string }[]; next: string | null };
    const page = async (query = '') =>
      (await call('GET', `/admin/dead-requests${query}`, ada)).body as unknown as Found;
    await eventually(async () => expect((await page()).requests).toHaveLength(3), 60_000);
    const first = await page('?limit=2');
    const second = await page(`?limit=2&cursor=${first.next}`);
    expect([first.requests.length, second.requests.length, second.next]).toEqual([2, 1, null]);
    const all = [...first.requests, ...second.requests];
    expect(all.map(({ roomId }) => roomId).toSorted()).toEqual(people.map(({ roomId }) => roomId).toSorted());
    const one = `/admin/dead-requests/${all[0]?.number}`;
    const { text } = await call('GET', one, ada);
    expect(text).toContain('[secret]');
    for (const { asHost } of people) expect(text).not.toContain(asHost.messaging.token);
    expect((await call('DELETE', one, ada)).status).toBe(204);
    expect((await call('DELETE', one, ada)).status).toBe(404);
    expect((await page()).requests).toHaveLength(2);
  });
});

describe('one who asks too often', () => {
  it('is refused with when to try again, by the limit of chat at all doors and by each kind of request', async () => {
    const service = await run('strict', { LIMIT_CHAT: '2/1m', LIMIT_SOCKET_EVENT: '3/1m' });
    const { asHost } = await meeting(service);
    const types = async (...asked: Parameters<Asker['ask']>[]) => {
      const answers: string[] = [];
      for (const one of asked) {
        const { type, error } = await asHost.ask(...one);
        answers.push(error?.code ?? type);
        if (error) expect(error.retryAfter).toBeGreaterThan(0);
      }
      return answers;
    };
    const said = ['RES_CHAT_MESSAGE', 'RES_CHAT_MESSAGE', 'RATE_LIMITED'];
    expect(await types(chat('1'), chat('2'), chat('3'))).toEqual(said);
    const raised = ['RES_RAISE_HAND', 'RES_RAISE_HAND', 'RES_RAISE_HAND', 'RATE_LIMITED'];
    const raise: [type: string] = ['REQ_RAISE_HAND'];
    expect(await types(raise, raise, raise, raise)).toEqual(raised);
    expect(await types(['REQ_LOWER_HAND'])).toEqual(['RES_LOWER_HAND']);
  });
});

describe('requests when NATS goes and comes back', () => {
  it('are worked on as before, those included that it had taken in', async () => {
    const service = await run('left alone');
    const { asHost } = await meeting(service);
    await asHost.ask(...chat('Before'));
    await nats.stop();
    await nats.start();
    const answered = await eventually(() => asHost.send(...chat('After')), 30_000);
    expect(await asHost.answerTo(answered, 40_000)).toMatchObject({ type: 'RES_CHAT_MESSAGE' });
  });
});

describe('the address of the media server', () => {
  it('is told to those in a room when an instance has another, and only then', async () => {
    const before = await run('before');
    const { asHost } = await meeting(before);
    const changed = () => asHost.system.filter(({ type }) => type === 'media-server:changed');
    await run('the same');
    const url = 'wss://elsewhere.example.org';
    const after = await run('after', { LIVEKIT_PUBLIC_URL: url });
    await eventually(() => expect(changed()).toMatchObject([{ data: { server_url: url } }]));
    await run('after, too', { LIVEKIT_PUBLIC_URL: url });
    expect((await after.stdout()).match(/"event":"media-server.changed"/g)).toHaveLength(1);
    await asHost.ask('REQ_RAISE_HAND');
    expect(changed()).toHaveLength(1);
  });
});

describe('an instance that stops', () => {
  it('finishes what it has in hand and leaves the rest to others', async () => {
    const settings = { LIMIT_CHAT: '10000/1s' };
    const leaving = await run('leaving', settings);
    const staying = await run('staying', settings);
    const { roomId, host, asHost } = await meeting(staying);
    const texts = Array.from({ length: 60 }, (_, n) => `Message ${n}`);
    const sent = await Promise.all(texts.map((text) => asHost.send(...chat(text))));
    leaving.child.kill('SIGTERM');
    expect(await leaving.exit(12_000)).toBe(0);
    await asHost.answerTo(sent.at(-1) ?? null, 30_000);
    expect(await saidIn(roomId, host.token, staying)).toEqual(texts);
  });
});
