import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, WebSocket } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { call, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { administer } from '../support/keycloak.ts';
import { expectAccessible, fillSignIn, openPage, pressSignIn } from '../support/page.ts';
import {
  enterRoom,
  goIn,
  isInRoom,
  newVisitor,
  openRoom,
  press,
  say,
  sees,
  seesMoving,
  type Visitor,
} from './visitor.ts';

/** What can go wrong in front of a room and in it: each has its own words and a way on (spec/6-web.md). */

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Gives the page's tokens a shorter life, in seconds. Disposing gives them their own again. */
async function tokensFor(seconds: number): Promise<AsyncDisposable> {
  const [page] = (await administer('GET', '/clients?clientId=web')).body as [
    { id: string; attributes: object },
  ];
  const put = (lifespan: string) =>
    administer('PUT', `/clients/${page.id}`, {
      ...page,
      attributes: { ...page.attributes, 'access.token.lifespan': lifespan },
    });
  await put(`${seconds}`);
  return {
    async [Symbol.asyncDispose]() {
      await put('');
    },
  };
}

describe('in front of the door', () => {
  it('a full room says so, and lets one in when somebody has left', async () => {
    const [host, second, third] = [
      await newVisitor('Hanna'),
      await newVisitor('Sam'),
      await newVisitor('Tia'),
    ];
    const { id } = await newRoom(host.account.token, { title: 'Full', maxParticipants: 2 });
    await join(id, second.account.token);
    await using page = await openRoom(browser, third, id);
    await press(page, 'Join now');
    await sees(page, 'This room is full');
    await expectAccessible(page);
    await call('POST', `/rooms/${id}/leave`, { token: second.account.token });
    await press(page, 'Try again');
    await goIn(page);
  }, 60_000);

  it('a private room asks for a sign-in, and tells whoever is not invited the id to send to the host', async () => {
    const [host, guest] = [await newVisitor('Hanna'), await newVisitor('Gus')];
    const { id } = await newRoom(host.account.token, { title: 'A secret', access: 'private' });
    await using page = await openPage(browser, { path: `/meet/${id}` });
    await sees(page, 'This room is private. Sign in to see it.');
    expect(await page.getByText('A secret').count()).toBe(0);
    await pressSignIn(page);
    await fillSignIn(page, guest.account.username);
    await sees(page, 'You are not on its list');
    await sees(page, guest.account.id);
    await expectAccessible(page);
    await call('PATCH', `/rooms/${id}`, { token: host.account.token, body: { invited: [guest.account.id] } });
    await press(page, 'Try again');
    await goIn(page);
    await page.getByRole('heading', { name: 'A secret' }).waitFor();
  }, 60_000);

  it.each([
    ['never was', crypto.randomUUID(), 'There is no such room'],
    ['cannot be', 'no%20room!', 'There is no such room'],
  ])('a room that %s', async (_, id, words) => {
    await using page = await openPage(browser, { path: `/meet/${id}` });
    await sees(page, words);
    await page.getByRole('link', { name: 'To the lobby' }).click();
    await page.waitForURL(({ pathname }) => pathname === '/');
  });

  it('a service that is away is asked again until it answers', async () => {
    const host = await newVisitor('Hanna');
    const { id } = await newRoom(host.account.token, { title: 'Patience' });
    await using page = await openPage(browser);
    let asked = 0;
    await page.route(`**/api/realtime/rooms/${id}`, async (route) => {
      asked += 1;
      if (asked > 1) return route.continue();
      const body = JSON.stringify({ title: 'away', status: 503, code: 'GATEWAY_NO_INSTANCE' });
      return route.fulfill({ status: 503, contentType: 'application/problem+json', body });
    });
    await page.goto(`/meet/${id}`);
    await sees(page, 'The service is away for a moment');
    await sees(page, 'Patience');
  }, 60_000);

  it('a camera and a microphone that the browser may not use are said so; one comes in all the same', async () => {
    await using strict = await openBrowser({ grant: false });
    const [host, guest] = [await newVisitor('Hanna'), await newVisitor('Gus')];
    const { id } = await newRoom(host.account.token, { title: 'Listening' });
    await using speaker = await enterRoom(browser, host, id);
    await using page = await openRoom(strict, guest, id);
    await sees(page, 'The browser may not use your camera.');
    await sees(page, 'The browser may not use your microphone.');
    await expectAccessible(page);
    await goIn(page);
    await seesMoving(page, 'Hanna Test');
    await speaker.getByRole('group', { name: 'Gus Test' }).waitFor();
    await press(page, 'Turn the camera on');
    await sees(page, 'The browser may not use your camera.');
  }, 90_000);
});

describe('in the room', () => {
  it('a second window takes over, and the first can take it back', async () => {
    const host = await newVisitor('Hanna');
    const { id } = await newRoom(host.account.token, { title: 'Twice' });
    await using first = await enterRoom(browser, host, id);
    await using second = await enterRoom(browser, host, id);
    await sees(first, 'You are here in another window');
    await seesMoving(second, 'Hanna Test (you)');
    await press(first, 'Continue here');
    await isInRoom(first);
    await sees(second, 'You are here in another window');
  }, 60_000);

  it('a sign-in that ended elsewhere is said so, and signing in again leads back into the room', async () => {
    const host = await newVisitor('Hanna');
    const { id } = await newRoom(host.account.token, { title: 'Signed out' });
    await using page = await enterRoom(browser, host, id);
    await administer('POST', `/users/${host.account.id}/logout`);
    await sees(page, 'Your sign-in has ended', 20_000);
    // Keycloak's answer and the token's own clock are in seconds: a token of the same second counts as older.
    await page.waitForTimeout(1_100);
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
    await fillSignIn(page, host.account.username);
    await isInRoom(page);
    await seesMoving(page, 'Hanna Test (you)');
  }, 90_000);

  it('a token is renewed silently before it ends, over the same socket', async () => {
    const host = await newVisitor('Hanna');
    const { id } = await newRoom(host.account.token, { title: 'Renewed' });
    // The page renews a minute before the end: of these tokens, after five seconds.
    await using _short = await tokensFor(65);
    await using page = await openPage(browser);
    // The lobby has a socket too, which may open late; the room's is the one that joins.
    const sent: { by: WebSocket; name: string }[] = [];
    page.on('websocket', (by) =>
      by.on('framesent', ({ payload }) => {
        for (const name of ['room:join', 'auth:renew'])
          if (`${payload}`.includes(name)) sent.push({ by, name });
      }),
    );
    const renewal = page.waitForRequest(
      (request) =>
        /\/token$/.test(request.url()) && /grant_type=refresh_token/.test(request.postData() ?? ''),
    );
    await page.goto(`/meet/${id}`);
    await pressSignIn(page);
    await fillSignIn(page, host.account.username);
    await goIn(page);
    await renewal;
    await eventually(() => expect(sent.map(({ name }) => name)).toContain('auth:renew'));
    await isInRoom(page);
    expect(new Set(sent.map(({ by }) => by)).size).toBe(1);
  }, 60_000);

  it('a network that is gone is said so, and when it is back one has missed nothing', async () => {
    const [host, guest] = [await newVisitor('Hanna'), await newVisitor('Gus')];
    const { id } = await newRoom(host.account.token, { title: 'Tunnel' });
    await using a = await enterRoom(browser, host, id);
    await using b = await enterRoom(browser, guest, id);
    await press(b, 'Chat');
    await b.context().setOffline(true);
    await sees(b, 'The connection is lost.', 30_000);
    await press(a, 'Chat');
    await say(a, 'Are you there?');
    await say(b, 'said in the tunnel');
    await sees(b, 'Not sent.');
    await b.context().setOffline(false);
    await sees(b, 'Are you there?', 20_000);
    await b.getByText('The connection is lost.').waitFor({ state: 'detached', timeout: 20_000 });
    await press(b, 'Send again');
    await sees(a, 'said in the tunnel');
    expect(await a.getByText('said in the tunnel').count()).toBe(1);
    await seesMoving(b, 'Hanna Test');
  }, 120_000);

  it('a recording is its host’s to start, and shown to everybody, before they come in as well', async () => {
    const [host, guest, late] = [await newVisitor('Hanna'), await newVisitor('Gus'), await newVisitor('Lee')];
    const { id } = await newRoom(host.account.token, { title: 'On record' });
    await using a = await enterRoom(browser, host, id);
    await using b = await enterRoom(browser, guest, id);
    expect(await b.getByRole('button', { name: 'Record the room' }).count()).toBe(0);
    await press(a, 'Record the room');
    const sign = (page: Visitor) => page.getByRole('status').filter({ hasText: 'Recording' });
    await Promise.all([sign(a).waitFor(), sign(b).waitFor()]);
    await expectAccessible(a);
    await using c = await openRoom(browser, late, id);
    await sees(c, 'This room is being recorded.');
    await press(a, 'Stop recording');
    await Promise.all([a, b].map((page) => sign(page).waitFor({ state: 'detached', timeout: 20_000 })));
  }, 90_000);

  it('an encrypted room has no recording', async () => {
    const host = await newVisitor('Hanna');
    const { id } = await newRoom(host.account.token, { title: 'Sealed', e2ee: true });
    await using page = await enterRoom(browser, host, id, { hash: `#key=${'a'.repeat(43)}` });
    await page.getByText('End-to-end encrypted').first().waitFor();
    expect(await page.getByRole('button', { name: 'Record the room' }).count()).toBe(0);
  }, 60_000);

  it('is used by keys alone: in, muted, said, a panel closed, out', async () => {
    const host = await newVisitor('Hanna');
    const { id } = await newRoom(host.account.token, { title: 'Keys' });
    await using page = await openRoom(browser, host, id);
    const reach = async (name: string): Promise<void> => {
      // Round and round: what it is called may change while the call is being set up.
      for (const began = performance.now(); performance.now() - began < 10_000; ) {
        const focused = await page.evaluate<string>(
          "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
        );
        if (focused === name) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab never comes to ${name}`);
    };
    await page.getByRole('button', { name: 'Join now' }).waitFor();
    await reach('Join now');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Turn the microphone off' }).waitFor();
    await reach('Turn the microphone off');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Turn the microphone on' }).waitFor();
    await reach('Chat');
    await page.keyboard.press('Enter');
    await page.keyboard.type('by keys');
    await page.keyboard.press('Enter');
    await sees(page, 'by keys');
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    await reach('Leave');
    await page.keyboard.press('Enter');
    await sees(page, 'You left the room');
  }, 60_000);
});
