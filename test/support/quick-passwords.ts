/**
 * Tests make some hundred users, and Keycloak's hash costs a tenth of a second of processor each time one is made
 * or signs in. In the tests' own realm a password need not be hard to guess from its hash.
 *
 * @param issuer `http://host/realms/<realm>`
 */
export async function quickPasswords(issuer: string): Promise<void> {
  const [url, realm] = issuer.split('/realms/');
  const form = { grant_type: 'password', client_id: 'admin-cli', username: 'admin', password: 'admin' };
  const signedIn = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  const { access_token } = (await signedIn.json()) as { access_token: string };
  const answer = await fetch(`${url}/admin/realms/${realm}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ passwordPolicy: 'hashAlgorithm(pbkdf2-sha512) and hashIterations(1)' }),
  });
  if (!answer.ok) throw new Error(`Keycloak did not take the password policy: ${answer.status}`);
}
