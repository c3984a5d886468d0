import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type FarMongo, farMongo } from '../access/far-mongo.ts';
import { type Answer, call, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';
import { openSocket, type TestSocket } from '../support/socket.ts';
import { instanceApis } from '../support/stack.ts';

/** Who is and was in a room, and what was said there, written at one instance and read at another. */

type Person = Awaited<ReturnType<typeof newPerson>>;
type Shown = {
  userId: string;
  name: string;
  role: string;
  isKicked: boolean;
  isHandRaised: boolean;
  joinedAt: string;
  leftAt: string | null;
};
type People = { present: Shown[]; former: Shown[]; next: string | null };
type Message = { id: string; message: string; sender: { id: string; name: string }; createdAt: string };
type Chat = { messages: Message[]; next: string | null };

const [apiOne = '', apiTwo = ''] = instanceApis;
const NAMES = ['host', 'ann', 'ben', 'cat', 'dan', 'eve'] as const;

let host: Person;
let guests: Person[];
/** An instance of our own, where nobody speaks too fast, and which can be far from the store. */
let quick: Awaited<ReturnType<typeof startInstance>>;
let mongo: FarMongo;
beforeAll(async () => {
  mongo = await farMongo();
  const [service, [first, ...rest]] = await Promise.all([
    startInstance({ MONGO_URL: mongo.url, LIMIT_CHAT: '100000/1s', SHUTDOWN_GRACE: '0ms' }),
    Promise.all(NAMES.map((name) => newPerson(name))),
  ]);
  if (!first) throw new Error('nobody came');
  [quick, host, guests] = [service, first, rest];
});
afterAll(async () => {
  await quick[Symbol.asyncDispose]();
  await mongo[Symbol.asyncDispose]();
});
afterEach(() => {
  mongo.delay = 0;
});

const read = (path: string, token: string | undefined, base = apiTwo): Promise<Answer> =>
  call('GET', path, { base, ...(token === undefined ? {} : { token }) });
const peopleOf = async (roomId: string, query = '', base = apiTwo): Promise<People> =>
  (await read(`/rooms/${roomId}/participants${query}`, host.token, base)).body as unknown as People;
const leave = (roomId: string, { token }: Person, base = apiOne) =>
  call('POST', `/rooms/${roomId}/leave`, { token, base });
const kick = (roomId: string, { id }: Person, method = 'POST') =>
  call(method, `/rooms/${roomId}/kick/${id}`, { token: host.token, base: apiOne });
const idsOf = (shown: readonly Shown[]): string[] => shown.map(({ userId }) => userId);
const refusalOf = ({ status, body }: Answer) => [status, body['code']];

async function inRoom(roomId: string, { token }: Person): Promise<TestSocket> {
  const socket = await openSocket(token, quick.url);
  await socket.do('room:join', { roomId });
  return socket;
}

describe('who is in a room, and who was', () => {
  it('is there for everybody: those in by how long they are, those gone by how lately they went', async () => {
    const room = await newRoom(host.token);
    const [ann, ben, cat, dan] = guests as [Person, Person, Person, Person];
    for (const { token } of [ann, ben, cat, dan]) await join(room.id, token);
    await leave(room.id, cat);
    await leave(room.id, ann, apiTwo);
    await kick(room.id, ben);

    await eventually(async () => {
      const { present, former, next } = await peopleOf(room.id);
      expect(idsOf(present)).toEqual([host.id, dan.id]);
      expect(idsOf(former)).toEqual([ben.id, ann.id, cat.id]);
      expect(next).toBeNull();
      expect(present.map(({ role, leftAt }) => [role, leftAt])).toEqual([
        ['HOST', null],
        ['PARTICIPANT', null],
      ]);
      expect(former.map(({ isKicked }) => isKicked)).toEqual([true, false, false]);
      for (const { leftAt, joinedAt } of former)
        expect(Date.parse(leftAt ?? '')).toBeGreaterThanOrEqual(Date.parse(joinedAt));
    });
  });

  it('is in one of the two and never in both, at either instance, however lately they came or went', async () => {
    const room = await newRoom(host.token);
    const [ann] = guests as [Person];
    const seen: string[] = [];
    for (let times = 0; times < 5; times += 1) {
      await join(room.id, ann.token, apiOne);
      for (const base of instanceApis) seen.push(`joined: ${await placesOf(room.id, ann, base)}`);
      await leave(room.id, ann, apiOne);
      for (const base of instanceApis) seen.push(`left: ${await placesOf(room.id, ann, base)}`);
    }
    expect(new Set(seen)).toEqual(new Set(['joined: present', 'left: former']));
  });

  it('is in one of the two as well while the instance that wrote it has only just done so', async () => {
    const room = await newRoom(host.token);
    const [ann] = guests as [Person];
    await join(room.id, ann.token, quick.api);
    await eventually(async () => expect(await placesOf(room.id, ann, apiTwo)).toBe('present'));
    mongo.delay = 200;
    await leave(room.id, ann, quick.api);
    expect(await placesOf(room.id, ann, apiTwo)).toBe('former');
  });

  async function placesOf(roomId: string, { id }: Person, base: string): Promise<string> {
    const { present, former } = await peopleOf(roomId, '', base);
    const places = { present: idsOf(present).includes(id), former: idsOf(former).includes(id) };
    return Object.entries(places)
      .flatMap(([place, isThere]) => (isThere ? [place] : []))
      .join(' and ');
  }

  it('says of one who is gone that they were kicked, until they are forgiven; and nothing of one who never came', async () => {
    const room = await newRoom(host.token);
    const [ann, ben] = guests as [Person, Person];
    await join(room.id, ann.token);
    await leave(room.id, ann);
    for (const guest of [ann, ben]) await kick(room.id, guest);
    const kicked = async () => (await peopleOf(room.id)).former.map((one) => [one.userId, one.isKicked]);
    await eventually(async () => expect(await kicked()).toEqual([[ann.id, true]]));
    await kick(room.id, ann, 'DELETE');
    expect(await kicked()).toEqual([[ann.id, false]]);
  });

  it('comes page by page where they are many, each of them once', async () => {
    const room = await newRoom(host.token);
    for (const { token } of guests) await join(room.id, token);
    for (const guest of guests) await leave(room.id, guest);
    await eventually(async () => expect((await peopleOf(room.id)).former).toHaveLength(guests.length));

    const pages: string[][] = [];
    let query = '?limit=2';
    for (let next: string | null = ''; next !== null; query = `?limit=2&cursor=${next}`) {
      const page = await peopleOf(room.id, query, instanceApis[pages.length % 2]);
      expect(idsOf(page.present)).toEqual([host.id]);
      pages.push(idsOf(page.former));
      next = page.next;
    }
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(guests.map(({ id }) => id).toReversed());
  });

  it('is there after the end of the room too: everybody was', async () => {
    const room = await newRoom(host.token);
    await join(room.id, guests[0]?.token ?? '');
    await call('DELETE', `/rooms/${room.id}`, { token: host.token, base: apiOne });
    await eventually(async () => {
      const { present, former } = await peopleOf(room.id);
      expect(present).toEqual([]);
      expect(idsOf(former).toSorted()).toEqual([host.id, guests[0]?.id].toSorted());
    });
  });

  it.each(['nonsense', '', 'LTE', 'MS41'])('does not take %j for a cursor', async (cursor) => {
    const room = await newRoom(host.token);
    const answer = await read(`/rooms/${room.id}/participants?cursor=${cursor}`, undefined);
    expect(refusalOf(answer)).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.body['errors']).toMatchObject([{ path: 'query.cursor' }]);
  });
});

describe('what was said in a room', () => {
  const chatOf = (roomId: string, { token }: Person, query = '', base = apiTwo): Promise<Answer> =>
    read(`/rooms/${roomId}/chat${query}`, token, base);
  const messagesOf = async (roomId: string, who: Person, query = '', base = apiTwo): Promise<Message[]> =>
    ((await chatOf(roomId, who, query, base)).body as unknown as Chat).messages;

  it('is there newest first, as those in the room heard it', async () => {
    const room = await newRoom(host.token);
    const [ann] = guests as [Person];
    await using hosts = await inRoom(room.id, host);
    await using anns = await inRoom(room.id, ann);
    await hosts.do('chat:message', { message: ' Good evening, \n <b>all</b> 🎲 ' });
    await anns.do('chat:message', { message: 'Chào buổi tối' });
    await hosts.hear('chat:message', ({ sender }) => (sender as { id: string }).id === ann.id);

    const messages = await messagesOf(room.id, ann);
    expect(messages).toEqual(hosts.all('chat:message').toReversed());
    expect(messages.map(({ message, sender }) => [message, sender])).toEqual([
      ['Chào buổi tối', { id: ann.id, name: 'ann Test' }],
      [' Good evening, \n <b>all</b> 🎲 ', { id: host.id, name: 'host Test' }],
    ]);
  });

  it('is there as soon as it was acknowledged, at every instance', async () => {
    const room = await newRoom(host.token);
    await using hosts = await inRoom(room.id, host);
    for (let number = 0; number < 20; number += 1) {
      const { message } = await hosts.do('chat:message', { message: `Number ${number}` });
      const found = await Promise.all(
        [...instanceApis, quick.api].map((base) => messagesOf(room.id, host, '?limit=1', base)),
      );
      expect(found).toEqual(Array(3).fill([message]));
    }
  });

  it('is there once, whole and in order over all pages, while more is being said', async () => {
    const room = await newRoom(host.token);
    const speakers = await Promise.all([host, ...guests.slice(0, 2)].map((who) => inRoom(room.id, who)));
    let saying = true;
    let said = 0;
    const talk = async (speaker: TestSocket, name: string) => {
      for (let number = 0; saying; number += 1) {
        await speaker.do('chat:message', { message: `${name} ${number}` });
        said += 1;
      }
    };
    const talks = speakers.map((speaker, index) => talk(speaker, `${index}`));
    await eventually(() => expect(said).toBeGreaterThan(30));

    const pages: Message[] = [];
    let cursor = '';
    for (let turn = 0; ; turn += 1) {
      const answer = await chatOf(room.id, host, `?limit=3${cursor}`, instanceApis[turn % 2]);
      const { messages, next } = answer.body as unknown as Chat;
      pages.push(...messages);
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    saying = false;
    await Promise.all(talks);
    for (const speaker of speakers) speaker.socket.disconnect();

    const all: Message[] = [];
    cursor = '';
    for (;;) {
      const { messages, next } = (await chatOf(room.id, host, `?limit=100${cursor}`)).body as unknown as Chat;
      all.push(...messages);
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    expect(all).toHaveLength(said);
    expect(pages).toEqual(all.slice(all.findIndex(({ id }) => id === pages[0]?.id)));
    for (const index of speakers.keys()) {
      const own = all.filter(({ message }) => message.startsWith(`${index} `)).map(({ message }) => message);
      expect(own).toEqual(own.map((_, number) => `${index} ${number}`).toReversed());
    }
  });

  it('is for those who are in or were, also after the end; not for strangers, nor for the kicked', async () => {
    const room = await newRoom(host.token);
    const [ann, ben, cat] = guests as [Person, Person, Person];
    for (const { token } of [ann, ben]) await join(room.id, token);
    await using hosts = await inRoom(room.id, host);
    await hosts.do('chat:message', { message: 'Among us' });
    await leave(room.id, ann);
    await kick(room.id, ben);

    const whoReads = async () => {
      const answers = await Promise.all([host, ann, ben, cat].map((who) => chatOf(room.id, who)));
      return answers.map(({ status, body }) => body['code'] ?? status);
    };
    await eventually(async () => expect(await whoReads()).toEqual([200, 200, 'KICKED', 'NO_SEAT']));
    await call('DELETE', `/rooms/${room.id}`, { token: host.token });
    expect(await whoReads()).toEqual([200, 200, 'KICKED', 'NO_SEAT']);
    expect((await messagesOf(room.id, ann)).map(({ message }) => message)).toEqual(['Among us']);
    await hosts.hear('lobby:entered', () => hosts.all('lobby:entered').length > 1);
    expect(await hosts.ask('chat:message', { message: 'Anyone?' })).toMatchObject({
      error: { code: 'NO_SEAT' },
    });
  });

  it('is there for one who was in for a moment, and has left this moment', async () => {
    const room = await newRoom(host.token);
    const [ann] = guests as [Person];
    mongo.delay = 200;
    await join(room.id, ann.token, quick.api);
    await leave(room.id, ann, apiOne);
    expect(refusalOf(await chatOf(room.id, ann))).toEqual([200, undefined]);
  });

  it('of a private room is for those who were in, invited still or not', async () => {
    const [ann, ben] = guests as [Person, Person];
    const room = await newRoom(host.token, { access: 'private', invited: [ann.id, ben.id] });
    await join(room.id, ann.token);
    await leave(room.id, ann);
    await call('PATCH', `/rooms/${room.id}`, { token: host.token, body: { invited: [ben.id] } });
    await eventually(async () => expect((await chatOf(room.id, ann)).status).toBe(200));
    expect(refusalOf(await chatOf(room.id, ben))).toEqual([403, 'NO_SEAT']);
  });

  it('does not take the cursor of another list, nor one that is none', async () => {
    const room = await newRoom(host.token);
    const { body } = await call('GET', '/rooms?limit=1');
    for (const cursor of ['nonsense', '', 'LTE', String(body['next'])]) {
      const answer = await chatOf(room.id, host, `?cursor=${cursor}`);
      expect([cursor, ...refusalOf(answer)]).toEqual([cursor, 400, 'INVALID_REQUEST']);
      expect(answer.body['errors']).toMatchObject([{ path: 'query.cursor' }]);
    }
  });

  it.each(['0', '101', 'many', '1.5'])('does not come in pages of %s', async (limit) => {
    const room = await newRoom(host.token);
    const answer = await chatOf(room.id, host, `?limit=${limit}`);
    expect(refusalOf(answer)).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.body['errors']).toMatchObject([{ path: 'query.limit' }]);
  });
});
