import { describe, expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { call, getRoom } from '../support/client.ts';
import { expectAccessible, fillSignIn, signIn } from '../support/page.ts';
import { cardOf, hasFocus, isLive, named, type Person, paramsOf, visits } from './lobby-visits.ts';

/** Making a room by the page's dialog, signed in at the real Keycloak. */

const { people, visit, mayHaveFaults } = visits();

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
    const dialog = await beginAs(people.alice, page);
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
    await hasFocus(dialog.getByRole('button', { name: 'Make the room' }));
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
    const dialog = await beginAs(people.alice, page);
    await dialog.getByLabel('Title').fill(named('Secret'));
    await dialog.getByLabel('Private').check();
    await dialog.getByLabel('Invited people').fill(`${people.bob.id}\n${people.bob.id}\n`);
    await dialog.getByLabel('End-to-end encrypted').check();
    await dialog.getByRole('button', { name: 'Make the room' }).click();
    await page.waitForURL(/\/meet\/[\w-]+#key=[\w-]{43}$/);
    const key = new URL(page.url()).hash.slice('#key='.length);
    const { body } = await call('GET', `/rooms/${idIn(page)}`, { token: people.alice.token });
    expect(body).toMatchObject({
      access: 'private',
      e2ee: true,
      invited: expect.arrayContaining([people.bob.id]),
    });
    expect(asked.filter((request) => request.includes(key))).toEqual([]);
  });

  it('says at the fields what is wrong, and loses nothing that was typed', async () => {
    const page = await visit();
    const dialog = await beginAs(people.alice, page);
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
    await signIn(page, people.alice.username);
    const button = page.getByRole('button', { name: 'Make a room' });
    await button.press('Enter');
    await dialogOf(page).waitFor();
    await page.keyboard.press('Escape');
    await dialogOf(page).waitFor({ state: 'detached' });
    await hasFocus(button);
    expect(paramsOf(page)).toEqual({});
  });
});
