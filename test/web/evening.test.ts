import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import {
  expectAccessible,
  expectFits,
  faultsOf,
  fillSignIn,
  openPage,
  pressSignIn,
} from '../support/page.ts';
import {
  enterRoom,
  goIn,
  isInRoom,
  loudness,
  newVisitor,
  openRoom,
  press,
  say,
  sees,
  seesMoving,
  tileOf,
} from './visitor.ts';

/** The evening of spec/6-web.md, in a real Chromium through the real LiveKit. */

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe('an evening on the page', () => {
  it('from the lobby to the end: made, seen, joined, seen and heard, chatted, raised hands, kicked, ended', async () => {
    const title = `Evening ${crypto.randomUUID()}`;
    const [host, guest] = [await newVisitor('Hanna'), await newVisitor('Gus')];
    await using lobby = await openPage(browser, { path: `/?q=${encodeURIComponent(title)}` });
    await using a = await openPage(browser);

    await pressSignIn(a);
    await fillSignIn(a, host.account.username);
    await press(a, 'Make a room');
    await a.getByLabel('Title', { exact: true }).fill(title);
    await press(a, 'Make the room');
    await goIn(a);
    const roomId = new URL(a.url()).pathname.split('/')[2] ?? '';

    await lobby.getByRole('link', { name: new RegExp(title) }).click();
    await lobby.waitForURL(/\/meet\//);
    await pressSignIn(lobby);
    await fillSignIn(lobby, guest.account.username);
    await sees(lobby, 'In the room now: Hanna Test');
    await goIn(lobby);
    const b = lobby;

    await Promise.all([
      seesMoving(a, 'Gus Test'),
      seesMoving(b, 'Hanna Test'),
      seesMoving(a, 'Hanna Test (you)'),
    ]);
    await eventually(async () => expect(await loudness(a)).toBeGreaterThan(0.02), 20_000);
    await eventually(async () => expect(await loudness(b)).toBeGreaterThan(0.02), 20_000);

    await press(a, 'Chat');
    await say(a, 'Good evening');
    await b.getByRole('button', { name: 'Chat, 1 unread' }).click();
    await sees(b, 'Good evening');
    await say(b, 'And to you');
    await sees(a, 'And to you');

    await press(b, 'Raise your hand');
    await sees(a, 'Gus Test raised a hand');
    await tileOf(a, 'Gus Test').getByRole('img', { name: 'Hand raised' }).waitFor();
    await press(b, 'Lower your hand');
    await tileOf(a, 'Gus Test').getByRole('img', { name: 'Hand raised' }).waitFor({ state: 'detached' });

    await press(a, /^People/);
    await press(a, 'Actions for Gus Test');
    await press(a, 'Mute');
    await sees(b, 'The host has muted you');
    await tileOf(a, 'Gus Test').getByRole('img', { name: 'Microphone off' }).waitFor();
    expect((await getRoom(roomId)).participants.length).toBe(2);
    await press(b, 'Turn the microphone on');
    await tileOf(a, 'Gus Test').getByRole('img', { name: 'Microphone off' }).waitFor({ state: 'detached' });

    await press(a, 'Remove from the room');
    await press(a, 'Remove');
    await sees(b, 'You were removed from this room');
    await tileOf(a, 'Gus Test').waitFor({ state: 'detached' });
    await b.reload();
    await press(b, 'Join now');
    await sees(b, 'You were removed from this room');
    await press(a, 'Let back in');
    await b.reload();
    await goIn(b);
    await seesMoving(b, 'Hanna Test');

    await press(a, 'Leave');
    await press(a, 'End for everybody');
    await Promise.all([sees(a, 'This room has ended'), sees(b, 'This room has ended')]);
    expect((await getRoom(roomId)).status).toBe('ENDED');
    // A browser calls it a fault that the kicked one was refused.
    expect([faultsOf(a), faultsOf(b).map((text) => text.slice(-15))]).toEqual([[], ['403 (Forbidden)']]);
  }, 120_000);

  it('three are in one grid, and one who shares a screen is shown large', async () => {
    const [host, bea, cem] = [await newVisitor('Hanna'), await newVisitor('Bea'), await newVisitor('Cem')];
    const { id } = await newRoom(host.account.token, { title: 'Three' });
    await using a = await enterRoom(browser, host, id);
    await using b = await enterRoom(browser, bea, id);
    await using c = await enterRoom(browser, cem, id, { width: 390, theme: 'dark' });
    await Promise.all([
      seesMoving(c, 'Hanna Test', 5),
      seesMoving(c, 'Bea Test', 5),
      seesMoving(b, 'Cem Test', 5),
    ]);
    await press(a, 'Share your screen');
    await seesMoving(b, "Hanna Test's screen", 3);
    const [screen, person] = await Promise.all(
      ["Hanna Test's screen", 'Cem Test'].map((name) => tileOf(b, name).boundingBox()),
    );
    expect(screen?.width).toBeGreaterThan(3 * (person?.width ?? Number.NaN));
    await expectFits(c);
    await press(a, 'Stop sharing');
    await tileOf(b, "Hanna Test's screen").waitFor({ state: 'detached' });
  }, 120_000);

  it('loaded anew in the middle goes on: back in without asking, the host still, the chat with its history', async () => {
    const [host, guest] = [await newVisitor('Hanna'), await newVisitor('Gus')];
    const { id } = await newRoom(host.account.token, { title: 'Reload' });
    await using a = await enterRoom(browser, host, id);
    await using b = await enterRoom(browser, guest, id);
    await press(b, 'Turn the camera off');
    await press(b, 'Chat');
    await say(b, 'before the reload');
    await a.reload();
    await isInRoom(a);
    await seesMoving(b, 'Hanna Test');
    await press(a, 'Chat');
    await sees(a, 'before the reload');
    await press(a, /^People/);
    await a.getByRole('button', { name: 'Actions for Gus Test' }).waitFor();
    await b.reload();
    await isInRoom(b);
    const room = await getRoom(id);
    expect([room.hostId, room.joinedParticipants]).toEqual([host.account.id, 2]);
  }, 90_000);

  it('the host changes the room, hands it over, and leaves: the others see it', async () => {
    const [host, guest] = [await newVisitor('Hanna'), await newVisitor('Gus')];
    const { id } = await newRoom(host.account.token, { title: 'First name' });
    await using a = await enterRoom(browser, host, id);
    await using b = await enterRoom(browser, guest, id);
    await press(a, 'Change the room');
    await a.getByLabel('Title', { exact: true }).fill('Second name');
    await press(a, 'Save');
    await b.getByRole('heading', { name: 'Second name' }).waitFor();
    await press(a, /^People/);
    await press(a, 'Actions for Gus Test');
    await press(a, 'Make host');
    await sees(b, 'You are the host now');
    await press(a, 'Leave');
    await sees(a, 'You left the room');
    await sees(b, 'Hanna Test has left');
    await press(a, 'Come back');
    await goIn(a);
    expect((await getRoom(id)).hostId).toBe(guest.account.id);
  }, 90_000);
});

describe('an encrypted room', () => {
  const key = (letter: string) => `#key=${letter.repeat(43)}`;

  it('is seen and heard by those with its key; with another key one sees no picture, and is told', async () => {
    const [host, friend, stranger] = [
      await newVisitor('Hanna'),
      await newVisitor('Fay'),
      await newVisitor('Sly'),
    ];
    const { id } = await newRoom(host.account.token, { title: 'Sealed', e2ee: true });
    await using a = await enterRoom(browser, host, id, { hash: key('a') });
    await a.getByText('End-to-end encrypted').first().waitFor();
    await using b = await enterRoom(browser, friend, id, { hash: key('a') });
    await Promise.all([seesMoving(b, 'Hanna Test'), seesMoving(a, 'Fay Test')]);
    await eventually(async () => expect(await loudness(b)).toBeGreaterThan(0.02), 20_000);

    await using c = await openRoom(browser, stranger, id, { hash: key('b') });
    await c.evaluate(`window.shown = 0; new MutationObserver(() => {
      for (const video of document.querySelectorAll('video'))
        if (!video.counted) {
          video.counted = true;
          video.addEventListener('timeupdate', () => {
            if (!video.closest('[aria-label$="(you)"]') && video.closest('[role=group]')) window.shown += 1;
          });
        }
    }).observe(document, { subtree: true, childList: true })`);
    await goIn(c);
    await sees(c, 'Their key differs from yours', 20_000);
    expect(await loudness(c)).toBeLessThan(0.01);
    expect(await c.evaluate('window.shown')).toBe(0);
    await seesMoving(b, 'Hanna Test');
  }, 120_000);

  it('asks for the key where the address lacks it, and tells it to nobody', async () => {
    const [host, friend] = [await newVisitor('Hanna'), await newVisitor('Fay')];
    const { id } = await newRoom(host.account.token, { title: 'Sealed', e2ee: true });
    await using b = await openRoom(browser, friend, id);
    const told: string[] = [];
    b.on('request', (request) =>
      told.push(`${request.url()} ${request.postData() ?? ''} ${JSON.stringify(request.headers())}`),
    );
    b.on('websocket', (socket) => {
      told.push(socket.url());
      socket.on('framesent', ({ payload }) => told.push(`${payload}`));
    });
    await b.getByLabel('Link or key').fill('not a key');
    await press(b, 'Use this key');
    await sees(b, 'There is no key in this.');
    await b.getByLabel('Link or key').fill(`https://example.test/meet/x${key('k')}`);
    await press(b, 'Use this key');
    await goIn(b);
    await seesMoving(b, 'Fay Test (you)');
    expect(new URL(b.url()).hash).toBe(key('k'));
    expect(told.length).toBeGreaterThan(10);
    expect(told.filter((text) => text.includes('k'.repeat(43)))).toEqual([]);
  }, 90_000);
});

describe('what is shown', () => {
  it.each(['light', 'dark'] as const)(
    'is for everybody: axe finds nothing serious, nothing is cut off (%s)',
    async (theme) => {
      const [host, guest] = [await newVisitor('Hanna'), await newVisitor('Gus')];
      const { id } = await newRoom(host.account.token, { title: 'For everybody' });
      await using out = await openPage(browser, { path: `/meet/${id}`, theme, language: 'vi', width: 390 });
      await out.getByRole('main').getByRole('button', { name: 'Đăng nhập' }).waitFor();
      await expectAccessible(out);
      await using a = await openRoom(browser, host, id, { theme });
      await a.locator('video').waitFor();
      await expectAccessible(a);
      await goIn(a);
      await using b = await enterRoom(browser, guest, id, { theme, width: 390, language: 'vi' });
      for (const [page, panels] of [
        [a, ['People', 'Chat']],
        [b, ['Mọi người', 'Trò chuyện']],
      ] as const) {
        await page.locator('video').nth(1).waitFor();
        await expectAccessible(page);
        await expectFits(page);
        for (const panel of panels) {
          await page.getByRole('button', { name: panel }).first().click();
          if (panel === 'Chat') await say(page, 'Hello');
          await expectAccessible(page);
          await expectFits(page);
          await page.getByRole('complementary').getByRole('button').first().click();
        }
      }
      await press(a, 'Leave');
      await expectAccessible(a);
      await a.keyboard.press('Escape');
      await call('DELETE', `/rooms/${id}`, { token: host.account.token });
      await sees(b, 'Phòng này đã kết thúc');
      await expectAccessible(b);
      expect([faultsOf(a), faultsOf(b)]).toEqual([[], []]);
    },
    120_000,
  );
});
