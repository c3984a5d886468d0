import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { instanceApis } from '../support/stack.ts';
import { joinFor, type Messaging, type Told } from './listener.ts';

/** The client that docs/messaging.md shows, word for word, in pages of a Chromium. */

jest.setTimeout(60_000);

const root = join(import.meta.dirname, '..', '..');
const [, client = ''] =
  /```js\n(import \{ jetstream[\s\S]*?)```/.exec(readFileSync(join(root, 'docs', 'messaging.md'), 'utf8')) ??
  [];

/** What a page does with it. */
const tools = `
export const heard = [];
let connection;
export async function enter(access) {
  connection = await hearRoom(access, (message) => heard.push(message));
}
export const ask = (subject, request) => connection.publish(subject, JSON.stringify(request));
/** Everything that this connection can hear of these subjects, and what it was refused. */
export const overheard = [];
export function eavesdrop(subjects) {
  void (async () => {
    for await (const { type, error } of connection.status()) if (type === 'error') overheard.push(String(error));
  })();
  for (const subject of subjects)
    connection.subscribe(subject, { callback: (error, message) => overheard.push(error ? String(error) : message.string()) });
  return connection.flush();
}
export const request = (subject, body) =>
  connection.request(subject, JSON.stringify(body), { timeout: 1000 }).then((reply) => reply.string(), String);
`;

type Person = Awaited<ReturnType<typeof newPerson>>;
type ClientPage = Page & {
  as<T>(expression: string, ...args: unknown[]): Promise<T>;
  heard(): Promise<Told[]>;
};

let browser: Browser | undefined;
let script: string;
let people: [Person, Person, Person];
beforeAll(async () => {
  browser = await openBrowser();
  [script, people] = await Promise.all([
    bundled(`${client}\n${tools}`),
    Promise.all([newPerson('alice'), newPerson('bob'), newPerson('carol')]),
  ]);
});
afterAll(async () => browser?.close());

/** As a page's own build makes it. */
async function bundled(source: string): Promise<string> {
  const folder = join(root, 'node_modules', '.cache', 'messaging-client');
  await mkdir(folder, { recursive: true });
  const entry = join(folder, 'entry.js');
  await writeFile(entry, source);
  const bundler = join(import.meta.dirname, 'bundle.mjs');
  const env = { ...process.env, NODE_OPTIONS: '' };
  const options = { cwd: root, env, maxBuffer: 16 * 1_024 * 1_024 };
  return (await promisify(execFile)(process.execPath, [bundler, entry], options)).stdout;
}

async function openClient(access: Messaging): Promise<ClientPage> {
  const page = await browser?.newPage();
  if (!page) throw new Error('there is no browser');
  await page.addScriptTag({ content: script });
  const as = <T>(name: string, ...args: unknown[]): Promise<T> =>
    page.evaluate<T>(`messaging.${name}(${args.map((one) => JSON.stringify(one)).join(', ')})`);
  await as('enter', access);
  return Object.assign(page, { as, heard: () => page.evaluate<Told[]>('messaging.heard') });
}

const named = (told: readonly Told[], type: string): Told[] => told.filter((one) => one.type === type);

describe('pages of a browser', () => {
  it('hear and answer each other by NATS alone, and one who listens at the door hears nothing', async () => {
    const [alice, bob, carol] = people;
    const [api = '', other = ''] = instanceApis;
    const room = await newRoom(alice.token, {}, api);
    const access = await joinFor(room.id, alice.token, api);
    const a = await openClient(access);
    const bobsAccess = await joinFor(room.id, bob.token, other);
    const b = await openClient(bobsAccess);
    await eventually(async () =>
      expect(named(await a.heard(), 'room:user-joined')).toMatchObject([{ data: { user: { id: bob.id } } }]),
    );

    // Carol may be in a room of her own, and from there tries all that has to do with this one.
    const own = await newRoom(carol.token, {}, api);
    const c = await openClient(await joinFor(own.id, carol.token, api));
    const { stream, consumers } = bobsAccess;
    const subjects = [
      '>',
      `chat.${room.id}`,
      `system.${room.id}`,
      `system.${room.id}.${bob.id}`,
      `${access.inbox}.>`,
      '_INBOX.>',
      `sysJsWorker.>`,
    ];
    await c.as('eavesdrop', subjects);
    const reached = [
      await c.as<string>('request', `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumers.chat}`, { batch: 1 }),
      await c.as<string>('request', `$JS.API.STREAM.MSG.GET.${stream}`, { seq: 1 }),
      await c.as<string>('request', `$JS.API.CONSUMER.CREATE.${stream}.spy`, {
        stream_name: stream,
        config: { name: 'spy' },
      }),
    ];

    await b.as('ask', `sysJsWorker.${room.id}.${bob.id}`, {
      type: 'REQ_CHAT_MESSAGE',
      id: 'first',
      data: { message: 'a secret word' },
    });
    await b.as('ask', `sysJsWorker.${room.id}.${bob.id}`, { type: 'REQ_RAISE_HAND', id: 'second' });
    for (const page of [a, b])
      await eventually(async () => {
        const heard = await page.heard();
        expect(named(heard, 'chat:message')).toMatchObject([
          { data: { message: 'a secret word', sender: { id: bob.id } } },
        ]);
        expect(named(heard, 'hand:raised')).toMatchObject([{ data: { userId: bob.id } }]);
      });
    // The answers are for him alone.
    await eventually(async () =>
      expect((await b.heard()).map(({ id }) => id)).toEqual(expect.arrayContaining(['first', 'second'])),
    );
    const ofAlice = (await a.heard()).map(({ id }) => id);
    expect([ofAlice.includes('first'), ofAlice.includes('second')]).toEqual([false, false]);

    const overheard = await c.evaluate<string[]>('messaging.overheard');
    expect(overheard.filter((one) => !/permission/i.test(one))).toEqual([]);
    expect(overheard.length).toBeGreaterThanOrEqual(subjects.length);
    expect(JSON.stringify([overheard, await c.heard(), reached])).not.toContain('secret');
    for (const answer of reached) expect(answer).toMatch(/error/i);
  });
});
