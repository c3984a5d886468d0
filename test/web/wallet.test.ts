import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { call, getRoom, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { expectAccessible, expectFits, faultsOf, openPage } from '../support/page.ts';
import { enterRoom, newVisitor, press, sees, seesMoving } from './visitor.ts';

/** The wallet door: into a room by the contract, on the stack's own chain, without an account. */

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const IS_IN = 'You are in; others see and hear you';
const MEDIA_WITHIN = 40_000;

const joinByContract = (page: Page): Promise<void> => press(page, 'Join through the contract');

/** The wallet that a page shows, as the user it is in rooms. */
async function userOf(page: Page): Promise<string> {
  const address = await page.locator('.demo-wallet code[title]').getAttribute('title');
  return `wallet:${address?.toLowerCase()}`;
}

describe('the wallet door', () => {
  it('leads into the room of another, who sees the wallet, and out again', async () => {
    const host = await newVisitor('Alice');
    const { id } = await newRoom(host.account.token, { title: 'On the chain' });
    await using alice = await enterRoom(browser, host, id);
    await using page = await openPage(browser, { path: `/meet/${id}` });
    await page.getByRole('link', { name: 'Join with a wallet instead' }).click();
    await sees(page, 'A demo wallet of this development chain');
    await page.getByRole('heading', { name: 'On the chain' }).waitFor();
    const user = await userOf(page);
    await expectAccessible(page);

    await joinByContract(page);
    await sees(page, IS_IN, MEDIA_WITHIN);
    const way = page.getByRole('list', { name: 'Your way in, by the chain' });
    expect(await way.getByText(/^Block \d+$/).count()).toBe(2);
    await page.getByRole('list', { name: 'People' }).getByText('Alice Test').waitFor();
    await expectAccessible(page);

    const { participants } = await getRoom(id, host.account.token);
    expect(participants).toContainEqual(expect.objectContaining({ userId: user, role: 'PARTICIPANT' }));
    const called = (participants.find(({ userId }) => userId === user) as unknown as { name: string }).name;
    await seesMoving(alice, called);

    // A camera that was off the whole time would not be missed: it comes back by the same connection.
    await press(page, 'Turn the camera off');
    await press(page, 'Turn the camera on');
    await seesMoving(alice, called);

    await press(page, 'Leave');
    await sees(page, 'Your wallet left the room');
    await eventually(async () => {
      const left = await getRoom(id, host.account.token);
      expect(left.participants.map(({ userId }) => userId)).not.toContain(user);
    }, 20_000);
    expect(faultsOf(page)).toEqual([]);
  }, 120_000);

  it('makes the room that nobody has made, and may begin with the camera off', async () => {
    const id = randomUUID();
    await using page = await openPage(browser, { path: `/meet/${id}/wallet`, width: 390, theme: 'dark' });
    await sees(page, 'Nobody has made this room yet.');
    await press(page, 'Turn the camera off');
    await sees(page, 'Your camera is off');
    const user = await userOf(page);
    await joinByContract(page);
    await sees(page, IS_IN, MEDIA_WITHIN);
    expect(await getRoom(id)).toMatchObject({ hostId: user, joinedParticipants: 1 });
    await expectAccessible(page);
    await expectFits(page);
    await press(page, 'Turn the camera on');
    await page.getByLabel('Your camera, as others will see it').waitFor();
  }, 60_000);

  it('says why a room does not let the wallet in, and what to send to its host', async () => {
    const { account } = await newVisitor('Hanna');
    const { id } = await newRoom(account.token, { title: 'A secret', access: 'private' });
    await using page = await openPage(browser, { path: `/meet/${id}/wallet` });
    await sees(page, 'This room shows itself only to the people on its list.');
    const user = await userOf(page);
    await joinByContract(page);
    await sees(page, 'This room is private, and you are not on its list.', MEDIA_WITHIN);
    await sees(page, user);
    await expectAccessible(page);

    await call('PATCH', `/rooms/${id}`, { token: account.token, body: { invited: [user] } });
    await press(page, 'Try again');
    await sees(page, IS_IN, MEDIA_WITHIN);
  }, 90_000);

  it('is out when the room ends', async () => {
    const { account } = await newVisitor('Hanna');
    const { id } = await newRoom(account.token, { title: 'Soon over' });
    await using page = await openPage(browser, { path: `/meet/${id}/wallet` });
    await joinByContract(page);
    await sees(page, IS_IN, MEDIA_WITHIN);
    await page.getByRole('list', { name: 'People' }).waitFor();
    await call('DELETE', `/rooms/${id}`, { token: account.token });
    await sees(page, 'This room has ended.');
    await expectAccessible(page);
  }, 90_000);

  it('is not there for a room that the chain cannot name', async () => {
    await using page = await openPage(browser, { path: '/meet/no%20name/wallet' });
    await sees(page, 'There is no way in by a wallet');
  });
});
