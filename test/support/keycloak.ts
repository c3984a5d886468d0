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

/** A call of Keycloak's administration, on our realm. Answers the body when there is one. */
export async function administer(method: string, path: string, body?: unknown): Promise<unknown> {
  const { access_token } = await grant(`${url}/realms/master/protocol/openid-connect/token`, {
    client_id: 'admin-cli',
    username: 'admin',
    password: 'admin',
  });
  const response = await fetch(`${url}/admin/realms/${realm}${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** A user of this test's own, so that tests do not meet. */
export async function newUser(name = 'guest'): Promise<Account> {
  const username = `${name}-${randomUUID().slice(0, 8)}`;
  await administer('POST', '/users', {
    username,
    enabled: true,
    emailVerified: true,
    email: `${username}@example.test`,
    firstName: name,
    lastName: 'Test',
    credentials: [{ type: 'password', value: username, temporary: false }],
  });
  const [user] = (await administer('GET', `/users?exact=true&username=${username}`)) as { id: string }[];
  if (!user) throw new Error(`${username} was not made`);
  return { username, password: username, id: user.id };
}

/** A user of this test's own, and their access token. */
export async function newPerson(name = 'guest'): Promise<Account & { token: string }> {
  const account = await newUser(name);
  return { ...account, token: await signIn(account.username) };
}
