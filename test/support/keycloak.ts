import { randomUUID } from 'node:crypto';
import { output } from './stack.ts';

/** The real Keycloak, as its users and its administrator use it. */

const url = output('KEYCLOAK_URL');
export const realmUrl = output('KEYCLOAK_ISSUER');
const realm = realmUrl.split('/realms/')[1] ?? '';

export type Account = Readonly<{ username: string; password: string; id: string }>;

/** An access token by password, as the page's client gets one. */
export async function signIn(username: string, password = username, client = 'web'): Promise<string> {
  return (await grant(`${realmUrl}/protocol/openid-connect/token`, { client_id: client, username, password }))
    .access_token;
}

type Tokens = { access_token: string; refresh_token: string; id_token?: string };

export async function grant(tokenUrl: string, form: Record<string, string>): Promise<Tokens> {
  const body = new URLSearchParams({ grant_type: 'password', scope: 'openid', ...form });
  const response = await fetch(tokenUrl, { method: 'POST', body });
  if (!response.ok) throw new Error(`Keycloak gave no token: ${response.status} ${await response.text()}`);
  return (await response.json()) as Tokens;
}

type Administered = Readonly<{ body: unknown; location: string | null }>;

/** Tokens of the master realm live for a minute; one serves for half of it, since a password check is slow. */
let held: { token: Promise<string>; until: number } | null = null;

function administratorToken(): Promise<string> {
  if (held && performance.now() < held.until) return held.token;
  const form = { client_id: 'admin-cli', username: 'admin', password: 'admin' };
  const token = grant(`${url}/realms/master/protocol/openid-connect/token`, form).then(
    (tokens) => tokens.access_token,
  );
  held = { token, until: performance.now() + 30_000 };
  return token;
}

/** A call of Keycloak's administration, on our realm. Answers the body when there is one. */
export async function administer(method: string, path: string, body?: unknown): Promise<Administered> {
  const access_token = await administratorToken();
  const response = await fetch(`${url}/admin/realms/${realm}${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return { body: text === '' ? undefined : JSON.parse(text), location: response.headers.get('location') };
}

/** Makes something in our realm. @returns its id */
export async function create(path: string, body: unknown): Promise<string> {
  const { location } = await administer('POST', path, body);
  return location?.split('/').at(-1) ?? '';
}

/** A user of this test's own, so that tests do not meet. */
export async function newUser(name = 'guest'): Promise<Account> {
  const username = `${name}-${randomUUID().slice(0, 8)}`;
  const id = await create('/users', {
    username,
    enabled: true,
    emailVerified: true,
    email: `${username}@example.test`,
    firstName: name,
    lastName: 'Test',
    credentials: [{ type: 'password', value: username, temporary: false }],
  });
  return { username, password: username, id };
}

/** A user of this test's own, and their access token. */
export async function newPerson(name = 'guest'): Promise<Account & { token: string }> {
  const account = await newUser(name);
  return { ...account, token: await signIn(account.username) };
}
