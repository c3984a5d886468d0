import { mkdirSync } from 'node:fs';
import { openBrowser } from '/work/main/test/support/browser.ts';
import { openPage, signIn, expectAccessible, expectFits, faultsOf } from '/work/main/test/support/page.ts';
import { signIn as token, newPerson } from '/work/main/test/support/keycloak.ts';
import { call, join } from '/work/main/test/support/client.ts';
mkdirSync('/tmp/shots', { recursive: true });
const mode = process.argv[2] ?? 'all';
const names = ['alice', 'bob', 'carol', 'dave', 'ada'];
const tokens = Object.fromEntries(await Promise.all(names.map(async (n) => [n, await token(n)])));
const live = (await call('GET', '/rooms?limit=100')).body.rooms as any;
if (mode === 'seed' || live.length === 0) {
  const made = [
    ['alice', { title: 'Morning English: small talk before work', topic: 'Small talk', language: 'en', maxParticipants: 8 }, ['bob','carol','dave']],
    ['bob', { title: 'Luyện nói tiếng Việt cho người mới bắt đầu', topic: 'Học tiếng Việt', language: 'vi', maxParticipants: 4 }, ['carol','dave','ada']],
    ['carol', { title: 'Design critique', topic: 'Design', language: 'en', maxParticipants: 12, e2ee: true }, ['alice']],
    ['dave', { title: 'Stammtisch', language: 'de', maxParticipants: 6 }, []],
    ['ada', { title: 'A very long title of somebody who could not stop typing because there was so much to say about this evening’s reading group and its many guests', topic: 'A topic that is rather long as well, since its author did not know where to end it', language: 'pt-BR', maxParticipants: 40 }, ['alice','bob','dave']],
    ['alice', { title: '日本語でおしゃべり', topic: 'Small talk', language: 'ja', maxParticipants: 2 }, ['bob']],
    ['bob', { title: 'Quiet co-working', maxParticipants: 100 }, []],
  ] as const;
  for (const [host, body, guests] of made) {
    const { body: room } = await call('POST', '/rooms', { token: tokens[host], body });
    await join(room.id as string, tokens[host]!);
    for (const g of guests) await join(room.id as string, tokens[g]!);
  }
}
const browser = await openBrowser();
for (const [width, theme, language] of [[1440,'light','en'],[1440,'dark','vi'],[390,'light','vi'],[390,'dark','en']] as const) {
  const page = await openPage(browser, { width, theme, language });
  const say = (x: string) => console.log(width, theme, language, x);
  try {
    await page.waitForSelector('.room-card h3, .notice');
    await page.waitForTimeout(900);
    await page.screenshot({ path: `/tmp/shots/lobby-${width}-${theme}.png`, fullPage: true });
    await expectAccessible(page).catch((e) => say(e.message)); await expectFits(page).catch((e) => say(e.message));
    if (mode !== 'quick') {
      await page.goto('/?q=nothing%20like%20this&topic=Small%20talk&hasSeats=true');
      await page.waitForSelector('.notice');
      await page.screenshot({ path: `/tmp/shots/nomatch-${width}-${theme}.png`, fullPage: true });
      await expectAccessible(page).catch((e) => say(e.message)); await expectFits(page).catch((e) => say(e.message));
      await page.goto('/');
      await page.locator('.hero .button').click();
      await signIn(page, 'alice');
      await page.waitForSelector('dialog[open]');
      await page.waitForTimeout(300);
      await page.screenshot({ path: `/tmp/shots/dialog-${width}-${theme}.png` });
      await page.locator('[name=access][value=private]').check();
      await page.locator('[name=e2ee]').check();
      await page.locator('[name=seats]').fill('1');
      await page.locator('.room-form [type=submit]').click();
      await page.waitForTimeout(300);
      await page.screenshot({ path: `/tmp/shots/dialog2-${width}-${theme}.png` });
      await expectAccessible(page).catch((e) => say(e.message)); await expectFits(page).catch((e) => say(e.message));
      say('focus ' + await page.evaluate('document.activeElement.name'));
      await page.keyboard.press('Escape');
      await page.waitForTimeout(200);
      say('focus after ' + await page.evaluate('document.activeElement.outerHTML.slice(0,60)') + page.url());
      await page.screenshot({ path: `/tmp/shots/signedin-${width}-${theme}.png` });
    }
  } catch (e) { say(String(e)); await page.screenshot({ path: `/tmp/shots/fail-${width}-${theme}.png` }); }
  say(JSON.stringify(faultsOf(page)));
  await page.context().close();
}
await browser.close();
