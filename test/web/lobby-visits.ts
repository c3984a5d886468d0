import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { faultsOf, type Look, openPage } from '../support/page.ts';

/** What the stories of the lobby have in common: two people, pages without fault, and what stands on them. */

export type Person = Awaited<ReturnType<typeof newPerson>>;

/** A browser of this file's own, and two accounts at Keycloak. */
export function visits() {
  let browser: Browser;
  const people = {} as { alice: Person; bob: Person };
  beforeAll(async () => {
    [browser, people.alice, people.bob] = await Promise.all([
      openBrowser(),
      newPerson('alice'),
      newPerson('bob'),
    ]);
  });
  afterAll(() => browser.close());

  /** The pages of a test; those that are to be without any fault. */
  const open: Page[] = [];
  const quiet = new Set<Page>();
  afterEach(async () => {
    const pages = open.splice(0);
    const faults = pages.filter((page) => quiet.has(page)).flatMap(faultsOf);
    await Promise.all(pages.map((page) => page.context().close()));
    expect(faults).toEqual([]);
  });

  return {
    people,
    async visit(look: Look = {}): Promise<Page> {
      const page = await openPage(browser, look);
      open.push(page);
      quiet.add(page);
      return page;
    },
    /** Where the test makes requests fail, of which Chromium tells. */
    mayHaveFaults: (page: Page): void => void quiet.delete(page),
  };
}

/** Where a visit begins that is to be arranged before the page is there. */
export const BLANK = 'about:blank';

/** A name that no other test's room has. */
export const named = (name: string): string => `${name} ${randomUUID().slice(0, 8)}`;

export const cardOf = (page: Page, title: string): Locator =>
  page.locator('.room-card', { has: page.getByRole('link', { name: title, exact: true }) });
export const titlesOn = (page: Page): Promise<string[]> => page.locator('.room-card h3').allTextContents();
export const titlesBecome = (page: Page, titles: string[]): Promise<void> =>
  eventually(async () => expect(await titlesOn(page)).toEqual(titles));

export const paramsOf = (page: Page): Record<string, string> =>
  Object.fromEntries(new URL(page.url()).searchParams);
export const paramsBecome = (page: Page, params: Record<string, string>): Promise<void> =>
  eventually(() => expect(paramsOf(page)).toEqual(params));

export const isLive = (page: Page): Promise<void> => page.getByText('Updating live').waitFor();
export const hasFocus = (one: Locator): Promise<void> => one.and(one.page().locator(':focus')).waitFor();
