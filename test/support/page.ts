import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { output } from './stack.ts';

/** The page, as people have it: in a real Chromium, at the gateway, signed in at the real Keycloak. */

export type Look = Readonly<{
  /** Of the window. 390 is a phone, 1440 a desktop. */
  width?: number;
  theme?: 'light' | 'dark';
  language?: 'en' | 'vi';
  /** Where it opens. */
  path?: string;
}>;

const LOCALES = { en: 'en-US', vi: 'vi-VN' } as const;
const HEIGHTS = { phone: 844, desktop: 900 } as const;

/** What a browser's console said that should not have happened, for each page: errors, and what the policy forbade. */
const faults = new WeakMap<Page, string[]>();

/**
 * LiveKit's own library, when the server ends the room and closes the line before it says so: the data channels close,
 * and whichever of its two handlers is told first complains (`RTCEngine.ts`). An abort by the other side is no fault
 * of the page's; any other data channel error still is.
 */
const FAREWELL =
  /^publisher data channel '\w+' closed unexpectedly|^DataChannel error on \w+: User-Initiated Abort/;

/** A browser of its own: nobody is signed in, and nothing was chosen. `await using` closes it. */
export async function openPage(browser: Browser, look: Look = {}): Promise<Page & AsyncDisposable> {
  const { width = 1440, theme = 'light', language = 'en', path = '/' } = look;
  const context = await browser.newContext({
    baseURL: output('PUBLIC_URL'),
    viewport: { width, height: width < 700 ? HEIGHTS.phone : HEIGHTS.desktop },
    colorScheme: theme,
    locale: LOCALES[language],
    // What moves is looked at when it stands.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const heard: string[] = [];
  faults.set(page, heard);
  page.on('pageerror', ({ message }) => heard.push(message));
  // Chromium says here what a content security policy forbade, too. React's warnings are errors as well.
  page.on('console', (message) => {
    if (message.type() === 'error' && !FAREWELL.test(message.text())) heard.push(message.text());
  });
  await page.goto(path);
  return Object.assign(page, { [Symbol.asyncDispose]: () => context.close() });
}

/** Errors of this page so far, of any kind. */
export const faultsOf = (page: Page): readonly string[] => faults.get(page) ?? [];

/** Signs in, and comes back to where one was. */
export async function signIn(page: Page, username: string, password: string = username): Promise<void> {
  await pressSignIn(page);
  await fillSignIn(page, username, password);
}

export const pressSignIn = (page: Page): Promise<void> =>
  page
    .getByRole('button', { name: /^(Sign in|Đăng nhập)$/ })
    .first()
    .click();

/** Signs in by Keycloak's form, to which the page has led. */
export async function fillSignIn(page: Page, username: string, password: string = username): Promise<void> {
  await page.locator('#username').fill(username);
  await page.locator('#password').fill(password);
  await page.locator('#kc-login').click();
  const own = new URL(output('PUBLIC_URL')).origin;
  await page.waitForURL(({ origin, pathname }) => origin === own && pathname !== '/signed-in');
}

type Violation = {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; any: unknown[] }[];
};

/** @throws Error that names what axe finds serious or critical on the page as it is */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  if (serious.length === 0) return;
  const told = serious.map(
    ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html }) => `  ${html}`).join('\n')}`,
  );
  throw new Error(`axe at ${page.url()}:\n${told.join('\n')}`);
}

/** @throws Error when one would have to scroll sideways */
export async function expectFits(page: Page): Promise<void> {
  const [wide, room] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  if (wide > room) throw new Error(`${page.url()} is ${wide} wide on a screen of ${room}`);
}
