import { randomUUID } from 'node:crypto';
import { expect, it, jest } from '@jest/globals';
import { jetstream } from '@nats-io/jetstream';
import { requestsOf } from '../../src/messaging/subjects.ts';
import { call, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { startIssuer } from '../support/issuer.ts';
import { ownDatabaseUrl } from '../support/own-database.ts';
import { startPrivateNats } from '../support/private-nats.ts';
import { runReadyService } from '../support/service-process.ts';
import { comeIn } from './asking.ts';
import { cutMongo } from './cut-mongo.ts';

/** One user's requests are done in their order, whatever others ask for, at two instances, one of which fails at times. */

/** Two processes and a NATS of their own start, and 400 requests are written to a disk that others write to as well. */
jest.setTimeout(180_000);

const REQUESTS = 200;
const OTHERS = 50;
const OF_EACH = 4;
const ROOMS = 5;

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
/** Most draw, which is quick; each fourth is kept as well. */
const isChat = (n: number): boolean => n % 4 === 3;
/** How often something happened, as the log says. */
const did = (log: string, event: string): number => log.split(`"event":"${event}"`).length - 1;

it('are done in their order and once, while fifty others are served, though some have to be tried again', async () => {
  await using nats = await startPrivateNats();
  await using database = await ownDatabaseUrl();
  await using failing = await cutMongo(database.url);
  await using issuer = await startIssuer();
  const settings = {
    ...nats.settings,
    MONGO_URL: database.url,
    KEYCLOAK_ISSUER: issuer.url,
    LIMIT_CHAT: '100000/1s',
    LIMIT_SOCKET_EVENT: '100000/1s',
    SEAT_LEASE: '1h',
    LOG_LEVEL: 'debug',
  };
  await using first = await runReadyService({ ...settings, INSTANCE_ID: 'first', MONGO_URL: failing.url });
  await using second = await runReadyService({ ...settings, INSTANCE_ID: 'second' });
  const base = `${second.url}/api/realtime`;
  const person = (name: string) => {
    const id = `${name}-${randomUUID().slice(0, 8)}`;
    return { id, token: issuer.token({ claims: issuer.claims({ sub: id, name }) }) };
  };

  const alice = person('alice');
  const room = await newRoom(alice.token, {}, base);
  await using asAlice = await eventually(() => comeIn(room.id, alice, base, [nats.url]));
  const others = await Promise.all(
    numbers(ROOMS).map(async (index) => {
      const host = person(`host-${index}`);
      const { id } = await newRoom(host.token, { maxParticipants: 20 }, base);
      const guests = numbers(OTHERS / ROOMS).map((guest) => person(`guest-${index}-${guest}`));
      for (const { token } of guests) await join(id, token, base);
      return { roomId: id, guests };
    }),
  );

  await using service = await nats.asService();
  const js = jetstream(service, { timeout: 10_000 });
  /** What was drawn in a room, in its order. */
  async function drawn(roomId: string, count: number): Promise<{ userId: string; data: unknown }[]> {
    const consumer = await js.consumers.get(roomId, { filter_subjects: [`whiteboard.${roomId}`] });
    const found: { userId: string; data: unknown }[] = [];
    const messages = await consumer.consume();
    for await (const message of messages) {
      found.push(message.json<{ data: { userId: string; data: unknown } }>().data);
      if (found.length === count) break;
    }
    return found;
  }

  async function draw(roomId: string, userId: string): Promise<void> {
    for (const n of numbers(OF_EACH)) {
      const request = { type: 'REQ_WHITEBOARD', id: `${n}`, data: n };
      await js.publish(requestsOf(roomId, userId), JSON.stringify(request));
    }
  }
  failing.cut();
  const drawing = others.flatMap(({ roomId, guests }) => guests.map(({ id }) => draw(roomId, id)));
  const ids = await Promise.all(
    numbers(REQUESTS).map((n) =>
      isChat(n) ? asAlice.send('REQ_CHAT_MESSAGE', { message: `${n}` }) : asAlice.send('REQ_WHITEBOARD', n),
    ),
  );
  // Until then it fails at whatever comes to it.
  await eventually(() => expect(did(first.stdout(), 'messaging.request.failed')).toBeGreaterThan(0));
  failing.mend();
  await Promise.all(drawing);

  await asAlice.answerTo(ids.at(-1) ?? null, 120_000);
  expect(asAlice.answers().map(({ id }) => id)).toEqual(ids);
  expect(asAlice.answers().filter(({ type }) => type === 'ERR')).toEqual([]);
  const [chats, drawings] = [numbers(REQUESTS).filter(isChat), numbers(REQUESTS).filter((n) => !isChat(n))];
  const { body } = await call('GET', `/rooms/${room.id}/chat?limit=100`, { token: alice.token, base });
  const said = (body['messages'] as unknown as { message: string }[]).toReversed();
  expect(said.map(({ message }) => Number(message))).toEqual(chats);
  expect((await drawn(room.id, drawings.length)).map(({ data }) => data)).toEqual(drawings);
  for (const { roomId, guests } of others) {
    const there = await drawn(roomId, guests.length * OF_EACH);
    for (const { id } of guests)
      expect(there.filter(({ userId }) => userId === id).map(({ data }) => data)).toEqual(numbers(OF_EACH));
  }

  // Both had a hand in it.
  for (const { stdout } of [first, second])
    expect(did(stdout(), 'messaging.request.done')).toBeGreaterThan(0);
});
