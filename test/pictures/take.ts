import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { installTools } from '../../stack/tools/install-tools.ts';
import { film, PORTRAITS } from './portraits.ts';

/**
 * Takes the README's pictures from a stack that runs (`npm start`, then `npm run pictures`): the real page, with drawn
 * people before its cameras. They end in docs/pictures/.
 */
const offset = Number(process.env['PORT_OFFSET'] ?? 0);
const page = `http://localhost:${8080 + offset}`;
const keycloak = `http://localhost:${8180 + offset}/realms/meetings`;
const folder = join(import.meta.dirname, '..', '..', 'docs', 'pictures');
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 900 };

const ROOMS = [
  {
    host: 'bob',
    title: 'Vietnamese over coffee',
    topic: 'Languages',
    language: 'vi',
    maxParticipants: 6,
    guests: ['carol', 'dave'],
  },
  {
    host: 'carol',
    title: 'Chess openings for beginners',
    topic: 'Games',
    language: 'en',
    maxParticipants: 4,
    guests: ['alice', 'bob', 'dave'],
  },
  {
    host: 'dave',
    title: 'Book club: chapter seven',
    topic: 'Books',
    language: 'en',
    maxParticipants: 12,
    e2ee: true,
    guests: ['alice', 'ada'],
  },
  {
    host: 'ada',
    title: 'Französisch am Abend',
    topic: 'Languages',
    language: 'fr',
    maxParticipants: 8,
    guests: ['bob'],
  },
  {
    host: 'carol',
    title: 'Guitar corner',
    topic: 'Music',
    language: 'es',
    maxParticipants: 5,
    guests: ['ada', 'dave', 'bob'],
  },
];

const files = await mkdtemp(join(tmpdir(), 'pictures-'));
const executablePath = (await installTools(['chromium'], { quiet: true })).get('chromium') ?? '';
const browsers = new Map<string, Browser>();

async function tokenOf(user: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'password',
    client_id: 'web',
    scope: 'openid',
    username: user,
    password: user,
  });
  const answer = await fetch(`${keycloak}/protocol/openid-connect/token`, { method: 'POST', body });
  if (!answer.ok) throw new Error(`No token of ${user}: is the stack running at PORT_OFFSET=${offset}?`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function ask(user: string, path: string, body?: object): Promise<{ id: string }> {
  const answer = await fetch(`${page}/api/realtime${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenOf(user)}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { id: string };
}

/** A browser before whose camera they sit. */
async function browserOf(user: string): Promise<Browser> {
  const open = browsers.get(user);
  if (open) return open;
  const file = join(files, `${user}.mjpeg`);
  const plain = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const portrait = PORTRAITS[user];
  if (portrait) await film(plain, portrait, file);
  await plain.close();
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${file}`,
    ],
  });
  browsers.set(user, browser);
  return browser;
}

async function visit(
  user: string,
  path: string,
  look: { size?: typeof PHONE; theme?: 'light' | 'dark'; signIn?: boolean } = {},
): Promise<Page> {
  const { size = DESKTOP, theme = 'light', signIn = true } = look;
  const context = await (await browserOf(user)).newContext({
    viewport: size,
    deviceScaleFactor: size === PHONE ? 2 : 1.5,
    colorScheme: theme,
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const opened = await context.newPage();
  await opened.goto(`${page}${path}`);
  if (!signIn) return opened;
  await opened.getByRole('button', { name: 'Sign in' }).first().click();
  await opened.locator('#username').fill(user);
  await opened.locator('#password').fill(user);
  await opened.locator('#kc-login').click();
  await opened.waitForURL((url) => url.origin === page && url.pathname !== '/signed-in');
  return opened;
}

async function goIn(opened: Page): Promise<Page> {
  await opened.getByRole('button', { name: 'Join now' }).click();
  await opened.getByRole('group', { name: 'Controls' }).waitFor();
  return opened;
}

async function say(opened: Page, text: string): Promise<void> {
  const field = opened.getByRole('textbox', { name: 'Message' });
  await field.fill(text);
  await field.press('Enter');
  await opened.waitForTimeout(700);
}

async function shoot(opened: Page, name: string): Promise<void> {
  await opened.screenshot({ path: join(folder, `${name}.jpg`), type: 'jpeg', quality: 88 });
  console.log(`docs/pictures/${name}.jpg`);
}

try {
  for (const { host, guests, ...room } of ROOMS) {
    const { id } = await ask(host, '/rooms', room);
    for (const guest of guests) await ask(guest, `/rooms/${id}/join`);
  }
  const { id } = await ask('alice', '/rooms', {
    title: 'Morning practice',
    topic: 'Languages',
    language: 'en',
    maxParticipants: 6,
  });
  for (const user of ['bob', 'carol', 'dave']) await ask(user, `/rooms/${id}/join`);
  const lobby = await visit('alice', '/');
  await lobby.getByRole('link', { name: /Morning practice/ }).waitFor();
  await lobby.waitForTimeout(1_000);
  await shoot(lobby, 'lobby');
  const lobbyOnPhone = await visit('alice', '/', { size: PHONE, theme: 'dark', signIn: false });
  await lobbyOnPhone.getByRole('link', { name: /Morning practice/ }).waitFor();
  await lobbyOnPhone.waitForTimeout(1_000);
  await shoot(lobbyOnPhone, 'lobby-phone');
  await lobby.context().close();
  await lobbyOnPhone.context().close();

  const alice = await visit('alice', `/meet/${id}`);
  await alice.waitForTimeout(2_000);
  await shoot(alice, 'door');
  await goIn(alice);
  const bob = await goIn(await visit('bob', `/meet/${id}`));
  const carol = await goIn(await visit('carol', `/meet/${id}`));
  const dave = await goIn(await visit('dave', `/meet/${id}`, { size: PHONE, theme: 'dark' }));
  await alice.getByRole('button', { name: /^Chat/ }).click();
  await bob.getByRole('button', { name: /^Chat/ }).click();
  await carol.getByRole('button', { name: /^Chat/ }).click();
  await say(alice, 'Good morning! Shall we start with the weather?');
  await say(bob, 'Always. It is raining here again.');
  await say(carol, 'Sun in Huế, 31 degrees.');
  await say(alice, 'Then Carol tells us about Huế.');
  await dave.getByRole('button', { name: 'Raise your hand' }).click();
  await alice.waitForTimeout(9_000);
  await shoot(alice, 'room');
  await shoot(dave, 'room-phone');
  const ada = await visit('ada', `/meet/${id}/wallet`, { signIn: false });
  await ada.getByRole('button', { name: 'Join through the contract' }).click();
  await ada.getByText('You are in; others see and hear you').waitFor();
  await ada.waitForTimeout(2_000);
  await shoot(ada, 'wallet');
  await alice.getByRole('button', { name: 'Leave' }).click();
  await alice.getByRole('button', { name: 'End for everybody' }).click();
} finally {
  for (const browser of browsers.values()) await browser.close();
  await rm(files, { recursive: true });
}
