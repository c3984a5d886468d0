import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { call, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { expectAccessible, expectFits, fillSignIn, type Look } from '../support/page.ts';
import {
  BLANK,
  cardOf,
  isLive,
  named,
  type Person,
  paramsBecome,
  titlesBecome,
  titlesOn,
  visits,
} from './lobby-visits.ts';

/** The page's lobby in a real browser, against the whole stack. Other tests' rooms are in the list as well. */

const { people, visit, mayHaveFaults } = visits();

const seats = (page: Page, title: string, text: string) => cardOf(page, title).getByText(text).waitFor();
const end = (roomId: string, { token }: Person) => call('DELETE', `/rooms/${roomId}`, { token });

describe('whoever looks in, without signing in,', () => {
  it('sees a room appear, its seats change, and the room go', async () => {
    const page = await visit();
    await isLive(page);
    const title = named('Morning practice');
    const topic = named('Practice');
    const room = await newRoom(people.alice.token, {
      title,
      topic,
      language: 'vi',
      e2ee: true,
      maxParticipants: 3,
    });

    const card = cardOf(page, title);
    await card.waitFor();
    expect(await card.getByRole('link').getAttribute('href')).toBe(`/meet/${room.id}`);
    for (const text of [topic, 'Vietnamese', 'Encrypted', 'alice Test', 'Just opened', '1 of 3'])
      await card.getByText(text, { exact: true }).waitFor();

    await join(room.id, people.bob.token);
    await seats(page, title, '2 of 3 seats taken');
    const carol = await newPerson('carol');
    await join(room.id, carol.token);
    await card.getByText('Full', { exact: true }).waitFor();

    await end(room.id, people.alice);
    await card.waitFor({ state: 'detached' });
  });

  it('comes into a room by its card, and back', async () => {
    const title = named('A room');
    const room = await newRoom(people.alice.token, { title });
    const page = await visit({ path: `/?q=${encodeURIComponent(title)}` });
    await cardOf(page, title).click();
    await page.waitForURL(`**/meet/${room.id}`);
    await page.goBack();
    await cardOf(page, title).waitFor();
  });

  it('finds more rooms further down, and reads on where they begin', async () => {
    const topic = named('Many');
    const rooms = await Promise.all(
      Array.from({ length: 26 }, (_, index) =>
        newRoom(people.alice.token, { title: `Room ${index}`, topic }),
      ),
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
    await Promise.all(rooms.map(({ id }) => end(id, people.alice)));
    await page.getByRole('heading', { name: 'No room matches' }).waitFor();
  });
});

describe('what is looked for', () => {
  it('stands in the address, and is the same for whoever gets it', async () => {
    const word = randomUUID().slice(0, 8);
    const topic = named('Travel');
    const wanted = `Hanoi ${word}`;
    await newRoom(people.alice.token, { title: `Oslo ${word}`, topic, language: 'nb' });
    await newRoom(people.alice.token, { title: wanted, topic, language: 'vi' });
    await newRoom(people.alice.token, { title: `Lima ${word}`, language: 'es' });
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
    await newRoom(people.alice.token, { title: free, topic });
    const room = await newRoom(people.alice.token, { title: filling, topic, maxParticipants: 2 });
    const page = await visit({ path: `/?topic=${encodeURIComponent(topic)}` });
    await page.getByRole('switch', { name: 'With free seats' }).press('Space');
    await paramsBecome(page, { topic, hasSeats: 'true' });
    await isLive(page);
    await titlesBecome(page, [filling, free]);

    await join(room.id, people.bob.token);
    await titlesBecome(page, [free]);
    await newRoom(people.alice.token, { title: named('Of another topic') });
    await call('POST', `/rooms/${room.id}/leave`, { token: people.bob.token });
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
    const page = await visit({ path: BLANK });
    await page.route('**/api/realtime/rooms?*', (route) =>
      route.fulfill({ json: { rooms: [], next: null } }),
    );
    await page.goto('/');
    await page.getByRole('heading', { name: 'No rooms yet' }).waitFor();
    await page.getByRole('button', { name: 'Make the first room' }).click();
    await fillSignIn(page, people.alice.username);
    await page.getByRole('dialog', { name: 'Make a room' }).waitFor();
  });

  it('says when the service is away, and comes by itself when it is back', async () => {
    const title = named('A room');
    await newRoom(people.alice.token, { title });
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
    await newRoom(people.alice.token, { title: before, topic });
    const page = await visit({ path: BLANK });
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
    await newRoom(people.alice.token, { title: meanwhile, topic });
    await page.getByLabel('Search titles and topics').fill('Before');
    await titlesBecome(page, [before]);
    await page.getByLabel('Search titles and topics').fill('');
    await expectAccessible(page);

    isCut = false;
    await isLive(page);
    await titlesBecome(page, [meanwhile, before]);
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
    await newRoom(people.alice.token, {
      title: long,
      topic: 't'.repeat(200),
      language: 'pt-BR',
      maxParticipants: 100,
    });
    await newRoom(people.alice.token, {
      title: named('Full'),
      topic: 'Tiny',
      maxParticipants: 2,
      e2ee: true,
    });
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
    await fillSignIn(page, people.alice.username);
    await page.getByRole('dialog').waitFor();
    await page.locator('[name=access][value=private]').check();
    await check();
  });

  it('is small, and has nothing of LiveKit', async () => {
    const page = await visit({ path: BLANK });
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
