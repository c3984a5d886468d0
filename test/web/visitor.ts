import type { Browser, Locator, Page } from 'playwright-core';
import { type Account, newPerson } from '../support/keycloak.ts';
import { fillSignIn, type Look, openPage, pressSignIn } from '../support/page.ts';

/** Someone who uses the page, as the stories of rooms tell of them. */
export type Visitor = Page & AsyncDisposable & { account: Account & { token: string }; called: string };

/** A new account at Keycloak, by the name that others see. */
export async function newVisitor(
  first: string,
): Promise<{ account: Account & { token: string }; called: string }> {
  return { account: await newPerson(first), called: `${first} Test` };
}

/** Opens a room in a browser of their own, and signs in there. */
export async function openRoom(
  browser: Browser,
  who: { account: Account & { token: string }; called: string },
  roomId: string,
  look: Look & { hash?: string } = {},
): Promise<Visitor> {
  const page = await openPage(browser, { ...look, path: `/meet/${roomId}${look.hash ?? ''}` });
  await pressSignIn(page);
  await fillSignIn(page, who.account.username);
  return Object.assign(page, who);
}

/** Waits until the page shows the room from inside. */
export const isInRoom = (page: Page): Promise<void> =>
  page.getByRole('group', { name: /^(Controls|Điều khiển)$/ }).waitFor();

/** From the door into the room. */
export async function goIn(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Join now|Vào phòng)$/ }).click();
  await isInRoom(page);
}

export async function enterRoom(...given: Parameters<typeof openRoom>): Promise<Visitor> {
  const page = await openRoom(...given);
  await goIn(page);
  return page;
}

/** Somebody's picture; one's own says so. */
export const tileOf = (page: Page, name: string): Locator => page.getByRole('group', { name, exact: true });

const drawn = (video: Locator): Promise<number> =>
  video.evaluate<number, void, unknown>('(video) => video.getVideoPlaybackQuality().totalVideoFrames');

/** Waits until somebody's picture has moved on by so many frames. @throws Error when it does not within the deadline */
export async function seesMoving(page: Page, name: string, frames = 15): Promise<void> {
  const video = tileOf(page, name).locator('video');
  await video.waitFor({ timeout: 20_000 });
  const before = await drawn(video);
  const deadline = performance.now() + 20_000;
  while ((await drawn(video)) < before + frames) {
    if (performance.now() > deadline) throw new Error(`the picture of ${name} stands still`);
    await page.waitForTimeout(200);
  }
}

/** The loudest moment of what the page plays within some seconds: 0 is silence, 1 as loud as can be. */
export async function loudness(page: Page, seconds = 3): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const context = new AudioContext();
    const analysers = [...document.querySelectorAll('audio')].filter((audio) => audio.srcObject).map((audio) => {
      const analyser = context.createAnalyser();
      context.createMediaStreamSource(audio.srcObject).connect(analyser);
      return analyser;
    });
    const samples = new Float32Array(2048);
    let loudest = 0;
    for (const end = performance.now() + ${seconds * 1_000}; performance.now() < end; ) {
      for (const analyser of analysers) {
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await context.close();
    return loudest;
  })()`);
}

/** What one can do, by the names of the buttons. */
export const press = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('button', typeof name === 'string' ? { name, exact: true } : { name }).click();

export async function say(page: Page, text: string): Promise<void> {
  const field = page.getByRole('textbox', { name: /^(Message|Tin nhắn)$/ });
  await field.fill(text);
  await field.press('Enter');
}

export const sees = (page: Page, text: string | RegExp, within = 20_000): Promise<void> =>
  page.getByText(text).first().waitFor({ timeout: within });
