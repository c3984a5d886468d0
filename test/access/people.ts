import { administer, newPerson, signIn } from '../support/keycloak.ts';

export type Person = Awaited<ReturnType<typeof newPerson>>;

/** So many users of this test's own, signed in. */
export function people<const N extends readonly string[]>(...names: N): Promise<{ [K in keyof N]: Person }> {
  return Promise.all(names.map((name) => newPerson(name))) as Promise<{ [K in keyof N]: Person }>;
}

/** An administrator of this test's own, signed in. */
export async function newAdministrator(): Promise<Person> {
  const person = await newPerson('admin');
  const { body } = await administer('GET', '/roles/realtime-admin');
  await administer('POST', `/users/${person.id}/role-mappings/realm`, [body]);
  return { ...person, token: await signIn(person.username) };
}
