import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import {
  expectAccessible,
  expectFits,
  faultsOf,
  fillSignIn,
  type Look,
  openPage,
  pressSignIn,
} from '../support/page.ts';

/** The page's lobby in a real browser, against the whole stack. Other tests' rooms are in the list as well. */

type Person = Awaited<ReturnType<typeof newPerson>>;

let browser: Browser;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  [browser, alice, bob] = await Promise.all([openBrowser(), newPerson('alice'), newPerson('bob')]);
});
afterAll(() => browser.close());

const open: Page[] = [];
const quiet = new Set<Page>();
/** A page of this test's own, which is to be without any fault unless the test says otherwise. */
async function visit(look: Look = {}): Promise<Page> {
  const page = await openPage(browser, look);
  open.push(page);
  quiet.add(page);
  return page;
}
const mayHaveFaults = (page: Page): void => void quiet.delete(page);
afterEach(async () => {
  const pages = open.splice(0);
  const faults = pages.filter((page) => quiet.has(page)).flatMap(faultsOf);
  await Promise.all(pages.map((page) => page.context().close()));
  expect(faults).toEqual([]);
});

const named = (name: string): string => `${name} ${randomUUID().slice(0, 8)}`;
const cardOf = (page: Page, title: string): Locator =>
  page.locator('.room-card', { has: page.getByRole('link', { name: title, exact: true }) });
const titlesOn = (page: Page): Promise<string[]> => page.locator('.room-card h3').allTextContents();
const seats = (page: Page, title: string, text: string) => cardOf(page, title).getByText(text).waitFor();
const hasFocus = (one: Locator) => one.and(one.page().locator(':focus')).waitFor();
const isLive = (page: Page) => page.getByText('Updating live').waitFor();
const paramsOf = (page: Page): Record<string, string> => Object.fromEntries(new URL(page.url()).searchParams);
const paramsBecome = (page: Page, params: Record<string, string>) =>
  eventually(() => expect(paramsOf(page)).toEqual(params));
const titlesBecome = (page: Page, titles: string[]) =>
  eventually(async () => expect(await titlesOn(page)).toEqual(titles));
const end = (roomId: string, { token }: Person) => call('DELETE', `/rooms/${roomId}`, { token });

describe('whoever looks in, without signing in,', () => {
  it('sees a room appear, its seats change, and the room go', async () => {
    const page = await visit();
    await isLive(page);
    const title = named('Morning practice');
    const topic = named('Practice');
    const room = await newRoom(alice.token, { title, topic, language: 'vi', e2ee: true, maxParticipants: 3 });

    const card = cardOf(page, title);
    await card.waitFor();
    expect(await card.getByRole('link').getAttribute('href')).toBe(`/meet/${room.id}`);
    for (const text of [topic, 'Vietnamese', 'Encrypted', 'alice Test', 'Just opened', '1 of 3'])
      await card.getByText(text, { exact: true }).waitFor();

    await join(room.id, bob.token);
    await seats(page, title, '2 of 3 seats taken');
    const carol = await newPerson('carol');
    await join(room.id, carol.token);
    await card.getByText('Full', { exact: true }).waitFor();

    await end(room.id, alice);
    await card.waitFor({ state: 'detached' });
  });

  it('comes into a room by its card, and back', async () => {
    const title = named('A room');
    const room = await newRoom(alice.token, { title });
    const page = await visit({ path: `/?q=${encodeURIComponent(title)}` });
    await cardOf(page, title).click();
    await page.waitForURL(`**/meet/${room.id}`);
    await page.goBack();
    await cardOf(page, title).waitFor();
  });

  it('finds more rooms further down, and reads on where they begin', async () => {
    const topic = named('Many');
    const rooms = await Promise.all(
      Array.from({ length: 26 }, (_, index) => newRoom(alice.token, { title: `Room ${index}`, topic })),
    );
    const page = await visit({ path: `/?topic=${encodeURIComponent(topic)}` });
    await page.getByText('24 rooms shown, there are more').first().waitFor();
    expect(await titlesOn(page)).toHaveLength(24);

    await page.getByRole('button', { name: 'Show more rooms' }).press('Enter');
    await eventually(async () => expect(await titlesOn(page)).toHaveLength(26));
    expect(new Set(await titlesOn(page)).size).toBe(26);
    expect(await page.getByRole('button', { name: 'Show more rooms' }).count()).toBe(0);
    const focused = page.locator('li:nth-child(25) h3 a:focus');
    await focused.waitFor();
    await Promise.all(rooms.map(({ id }) => end(id, alice)));
    await page.getByRole('heading', { name: 'No room matches' }).waitFor();
  });
});

describe('what is looked for', () => {
  it('stands in the address, and is the same for whoever gets it', async () => {
    const word = randomUUID().slice(0, 8);
    const topic = named('Travel');
    const wanted = `Hanoi ${word}`;
    await newRoom(alice.token, { title: `Oslo ${word}`, topic, language: 'nb' });
    await newRoom(alice.token, { title: wanted, topic, language: 'vi' });
    await newRoom(alice.token, { title: `Lima ${word}`, language: 'es' });
    const page = await visit();

    await page.getByLabel('Search titles and topics').pressSequentially(word.toUpperCase());
    await titlesBecome(page, [`Lima ${word}`, wanted, `Oslo ${word}`]);
    const q = word.toUpperCase();
    await paramsBecome(page, { q });

    await cardOf(page, wanted)
      .getByRole('button', { name: `Show only the topic ${topic}` })
      .click();
    await titlesBecome(page, [wanted, `Oslo ${word}`]);
    await page.getByRole('combobox', { name: 'Language' }).selectOption({ label: 'Vietnamese' });
    await titlesBecome(page, [wanted]);
    await paramsBecome(page, { q, topic, language: 'vi' });

    const other = await visit({ path: `/${new URL(page.url()).search}` });
    await titlesBecome(other, [wanted]);
    expect(await other.getByLabel('Search titles and topics').inputValue()).toBe(q);
    expect(await other.getByRole('combobox', { name: 'Language' }).inputValue()).toBe('vi');
    await other.getByRole('button', { name: topic }).first().waitFor();
    await page.reload();
    await titlesBecome(page, [wanted]);

    await page.goBack();
    await titlesBecome(page, [wanted, `Oslo ${word}`]);
    await page.goForward();
    await titlesBecome(page, [wanted]);
    await page.getByRole('button', { name: `Remove the topic ${topic}` }).click();
    await paramsBecome(page, { q, language: 'vi' });
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await paramsBecome(page, { language: 'vi' });
  });

  it('holds for what happens meanwhile: a full room leaves those with free seats, and returns', async () => {
    const topic = named('Seats');
    const [free, filling] = [named('Free'), named('Filling')];
    await newRoom(alice.token, { title: free, topic });
    const room = await newRoom(alice.token, { title: filling, topic, maxParticipants: 2 });
    const page = await visit({ path: `/?topic=${encodeURIComponent(topic)}` });
    await page.getByRole('switch', { name: 'With free seats' }).press('Space');
    await paramsBecome(page, { topic, hasSeats: 'true' });
    await isLive(page);
    await titlesBecome(page, [filling, free]);

    await join(room.id, bob.token);
    await titlesBecome(page, [free]);
    await newRoom(alice.token, { title: named('Of another topic') });
    await call('POST', `/rooms/${room.id}/leave`, { token: bob.token });
    await titlesBecome(page, [filling, free]);
  });

  it('may match nothing: then it can be cleared', async () => {
    const page = await visit({ path: `/?q=${randomUUID()}&language=is&hasSeats=true` });
    await page.getByRole('heading', { name: 'No room matches' }).waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await paramsBecome(page, {});
    expect(await page.getByLabel('Search titles and topics').inputValue()).toBe('');
  });
});

describe('the list', () => {
  it('leads to the first room when there is none', async () => {
    const page = await visit({ path: '/signed-out' });
    await page.route('**/api/realtime/rooms?*', (route) =>
      route.fulfill({ json: { rooms: [], next: null } }),
    );
    mayHaveFaults(page); // the address above is none
    await page.goto('/');
    await page.getByRole('heading', { name: 'No rooms yet' }).waitFor();
    await page.getByRole('button', { name: 'Make the first room' }).click();
    await fillSignIn(page, alice.username);
    await page.getByRole('dialog', { name: 'Make a room' }).waitFor();
  });

  it('says when the service is away, and comes by itself when it is back', async () => {
    const title = named('A room');
    await newRoom(alice.token, { title });
    const page = await visit({ path: `/?q=${encodeURIComponent(title)}` });
    mayHaveFaults(page);
    await cardOf(page, title).waitFor();
    await page.route('**/api/realtime/rooms?*', (route) => route.abort());
    await page.reload();
    await page.getByRole('heading', { name: 'The rooms cannot be shown right now' }).waitFor();
    await expectAccessible(page);
    await page.unroute('**/api/realtime/rooms?*');
    await cardOf(page, title).waitFor();
  });

  it('says when it is not live, shows what it has meanwhile, and has what it missed afterwards', async () => {
    const topic = named('Cut');
    const [before, meanwhile] = [named('Before'), named('Meanwhile')];
    await newRoom(alice.token, { title: before, topic });
    const page = await visit({ path: '/nowhere' });
    mayHaveFaults(page);
    let isCut = false;
    const cut: (() => void)[] = [];
    await page.routeWebSocket(/socket\.io/, (socket) => {
      if (isCut) void socket.close();
      else {
        socket.connectToServer();
        cut.push(() => void socket.close());
      }
    });
    await page.route('**/socket.io/?*transport=polling*', (route) =>
      isCut ? route.abort() : route.continue(),
    );
    await page.goto(`/?topic=${encodeURIComponent(topic)}`);
    await isLive(page);

    isCut = true;
    for (const close of cut) close();
    await page.getByText('Not live, reconnecting…').waitFor();
    await newRoom(alice.token, { title: meanwhile, topic });
    await page.getByLabel('Search titles and topics').fill('Before');
    await titlesBecome(page, [before]);
    await page.getByLabel('Search titles and topics').fill('');
    await expectAccessible(page);

    isCut = false;
    await isLive(page);
    await titlesBecome(page, [meanwhile, before]);
  });
});

describe('making a room', () => {
  const dialogOf = (page: Page): Locator => page.getByRole('dialog', { name: 'Make a room' });
  async function beginAs(person: Person, page: Page): Promise<Locator> {
    await page.getByRole('button', { name: 'Make a room' }).click();
    await fillSignIn(page, person.username);
    const dialog = dialogOf(page);
    await dialog.waitFor();
    return dialog;
  }
  const idIn = (page: Page): string => new URL(page.url()).pathname.split('/')[2] ?? '';

  it('leads through the sign-in, and is done by the keyboard alone', async () => {
    const watcher = await visit();
    await isLive(watcher);
    const page = await visit({ path: '/?language=vi' });
    const dialog = await beginAs(alice, page);
    expect(paramsOf(page)).toEqual({ language: 'vi', new: '1' });
    const title = named('By keyboard');
    const { keyboard } = page;
    // Title, topic, language, seats, who may come in, encryption, cancel, make.
    await keyboard.type(title);
    await keyboard.press('Tab');
    await keyboard.type('Keys');
    await keyboard.press('Tab');
    await keyboard.type('Germ');
    await keyboard.press('Tab');
    await keyboard.press('ControlOrMeta+a');
    await keyboard.type('4');
    for (let stop = 0; stop < 4; stop += 1) await keyboard.press('Tab');
    expect(
      await dialog.getByRole('button', { name: 'Make the room' }).evaluate('(it) => it.matches(":focus")'),
    );
    await keyboard.press('Enter');
    await page.waitForURL('**/meet/*');

    expect(await getRoom(idIn(page))).toMatchObject({
      title,
      topic: 'Keys',
      language: 'de',
      maxParticipants: 4,
    });
    await cardOf(watcher, title).waitFor();
    await page.goBack();
    expect(paramsOf(page)).toEqual({ language: 'vi' });
  });

  it('gives an encrypted room a key that no server sees', async () => {
    const page = await visit();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`));
    const dialog = await beginAs(alice, page);
    await dialog.getByLabel('Title').fill(named('Secret'));
    await dialog.getByLabel('Private').check();
    await dialog.getByLabel('Invited people').fill(`${bob.id}\n${bob.id}\n`);
    await dialog.getByLabel('End-to-end encrypted').check();
    await dialog.getByRole('button', { name: 'Make the room' }).click();
    await page.waitForURL(/\/meet\/[\w-]+#key=[\w-]{43}$/);
    const key = new URL(page.url()).hash.slice('#key='.length);
    const { body } = await call('GET', `/rooms/${idIn(page)}`, { token: alice.token });
    expect(body).toMatchObject({ access: 'private', e2ee: true, invited: expect.arrayContaining([bob.id]) });
    expect(asked.filter((request) => request.includes(key))).toEqual([]);
  });

  it('says at the fields what is wrong, and loses nothing that was typed', async () => {
    const page = await visit();
    const dialog = await beginAs(alice, page);
    const [title, seatsField] = [dialog.getByLabel('Title'), dialog.getByLabel('Seats')];
    await seatsField.fill('1');
    await dialog.getByRole('button', { name: 'Make the room' }).click();
    await dialog.getByText('Give the room a title of at most 255 characters.').waitFor();
    await dialog.getByText('From 2 to 100 seats.').waitFor();
    await hasFocus(title);
    expect(await title.getAttribute('aria-invalid')).toBe('true');
    await expectAccessible(page);

    await title.fill('Kept');
    await seatsField.fill('3');
    await dialog.getByLabel('Private').check();
    // Only the service knows how long an id may be.
    await dialog.getByLabel('Invited people').fill('x'.repeat(300));
    mayHaveFaults(page); // Chromium names the 400
    await dialog.getByRole('button', { name: 'Make the room' }).click();
    await dialog.getByText('These are not all user ids').waitFor();
    expect(await title.inputValue()).toBe('Kept');

    // As for somebody whose sign-in has ended meanwhile.
    await dialog.getByLabel('Invited people').fill('');
    await page.evaluate(
      'sessionStorage.removeItem(Object.keys(sessionStorage).find((key) => key.startsWith("oidc.user")))',
    );
    await dialog.getByRole('button', { name: 'Make the room' }).click();
    await dialog.getByText('Your sign-in has ended.').waitFor();
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/new=1/);
    await dialog.waitFor();
    expect(await dialog.getByLabel('Title').inputValue()).toBe('Kept');
    expect(await dialog.getByLabel('Seats').inputValue()).toBe('3');
  });

  it('is left by Escape, which gives the focus back', async () => {
    const page = await visit();
    await pressSignIn(page);
    await fillSignIn(page, alice.username);
    const button = page.getByRole('button', { name: 'Make a room' });
    await button.press('Enter');
    await dialogOf(page).waitFor();
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    await hasFocus(button);
    expect(paramsOf(page)).toEqual({});
  });
});

describe('the lobby', () => {
  it.each<Look>([
    { width: 390, theme: 'light', language: 'vi' },
    { width: 390, theme: 'dark', language: 'en' },
    { width: 1440, theme: 'light', language: 'en' },
    { width: 1440, theme: 'dark', language: 'vi' },
  ])('is for everybody: $width wide, $theme, $language', async (look) => {
    const long = `${named('Long')} ${'word '.repeat(20)}${'w'.repeat(80)}`;
    await newRoom(alice.token, {
      title: long,
      topic: 't'.repeat(200),
      language: 'pt-BR',
      maxParticipants: 100,
    });
    await newRoom(alice.token, { title: named('Full'), topic: 'Tiny', maxParticipants: 2, e2ee: true });
    const page = await visit(look);
    const check = async () => {
      await expectAccessible(page);
      await expectFits(page);
    };
    await page.locator('.room-card h3').first().waitFor();
    await check();
    await page.goto(`/?q=${randomUUID()}&topic=Tiny`);
    await page.locator('.notice').waitFor();
    await check();
    await page.goto('/?new=1');
    await page.getByRole('dialog').waitFor();
    await check();
    await page.getByRole('dialog').locator('.button.primary').click();
    await fillSignIn(page, alice.username);
    await page.getByRole('dialog').waitFor();
    await page.locator('[name=access][value=private]').check();
    await check();
  });

  it('is small, and has nothing of LiveKit', async () => {
    const page = await visit({ path: '/config.json' });
    const code: { url: string; size: Promise<number>; text: Promise<string> }[] = [];
    page.on('requestfinished', (request) => {
      if (!/\.(js|css)$/.test(new URL(request.url()).pathname)) return;
      const size = request.sizes().then(({ responseBodySize }) => responseBodySize);
      const text = request.response().then((response) => response?.text() ?? '');
      code.push({ url: request.url(), size, text });
    });
    await page.goto('/', { waitUntil: 'networkidle' });
    await isLive(page);
    const sizes = await Promise.all(code.map(({ size }) => size));
    const texts = await Promise.all(code.map(({ text }) => text));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(350_000);
    expect(texts.some((text) => text.includes('RTCPeerConnection'))).toBe(false);
  });
});
