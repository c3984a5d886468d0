import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo.ts';
import { createUserMirror } from '../../src/users/index.ts';
import { call } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { administer, newPerson, signIn } from '../support/keycloak.ts';
import { startInstance } from '../support/service.ts';
import { output } from '../support/stack.ts';

type UserDocument = { _id: string; name: string; kind: string; firstSeenAt: Date; lastSeenAt: Date };

describe('users', () => {
  let connection: Connection & AsyncDisposable;
  let instance: Awaited<ReturnType<typeof startInstance>>;
  beforeAll(async () => {
    connection = await connectMongo(output('MONGO_URL'));
    instance = await startInstance();
  });
  afterAll(async () => {
    await instance[Symbol.asyncDispose]();
    await connection[Symbol.asyncDispose]();
  });

  const userOf = (id: string) => connection.collection<UserDocument>('users').findOne({ _id: id });
  /** What needs a token. */
  const makeRoom = (token: string) =>
    call('POST', '/rooms', { token, body: { title: 'A test' }, base: instance.api });

  it('are mirrored when their token is seen first, and renamed when it says another name', async () => {
    const before = new Date();
    const person = await newPerson('lewis');
    expect(await userOf(person.id)).toBeNull();
    expect((await makeRoom(person.token)).status).toBe(201);
    const first = await eventually(async () => {
      const user = await userOf(person.id);
      expect(user).not.toBeNull();
      return user;
    });
    expect(first).toEqual({
      _id: person.id,
      name: 'lewis Test',
      kind: 'keycloak',
      firstSeenAt: expect.any(Date),
      lastSeenAt: first?.firstSeenAt,
    });
    expect(first?.firstSeenAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
    expect(first?.firstSeenAt.getTime()).toBeLessThanOrEqual(Date.now());

    const { username } = person;
    await administer('PUT', `/users/${person.id}`, {
      username,
      email: `${username}@example.test`,
      firstName: 'Lewis',
      lastName: 'Carroll',
    });
    expect((await makeRoom(await signIn(username))).status).toBe(201);
    const renamed = await eventually(async () => {
      const user = await userOf(person.id);
      expect(user?.name).toBe('Lewis Carroll');
      return user;
    });
    expect(renamed?.firstSeenAt).toEqual(first?.firstSeenAt);
    expect(renamed?.lastSeenAt.getTime()).toBeGreaterThan(first?.lastSeenAt.getTime() ?? 0);
  });

  it('are not mirrored when their token is refused', async () => {
    const person = await newPerson('mallory');
    const forged = `${person.token.slice(0, -8)}AAAAAAAA`;
    expect((await makeRoom(forged)).status).toBe(401);
    const next = await newPerson('next');
    expect((await makeRoom(next.token)).status).toBe(201);
    await eventually(async () => expect(await userOf(next.id)).not.toBeNull());
    expect(await userOf(person.id)).toBeNull();
  });

  it('are one document each when many instances see them at the same moment, and keep the time of the first', async () => {
    const people = Array.from({ length: 60 }, (_, index) => ({
      id: `${index}-${crypto.randomUUID()}`,
      name: `Name ${index}`,
    }));
    const failures: unknown[] = [];
    for (const at of [new Date('2026-01-01T12:00:00Z'), new Date('2026-01-01T14:00:00Z')]) {
      const links = await Promise.all(Array.from({ length: 4 }, () => connectMongo(output('MONGO_URL'))));
      const mirrors = links.map((link) =>
        createUserMirror({ connection: link, now: () => at, onError: (error) => failures.push(error) }),
      );
      for (const mirror of mirrors) for (const user of people) mirror.seen(user);
      for (const mirror of mirrors) await mirror[Symbol.asyncDispose]();
      for (const link of links) await link.close();
    }
    expect(failures).toEqual([]);
    const found = await connection
      .collection<UserDocument>('users')
      .find({ _id: { $in: people.map(({ id }) => id) } })
      .toArray();
    expect(found).toHaveLength(people.length);
    for (const user of found)
      expect(user).toMatchObject({
        firstSeenAt: new Date('2026-01-01T12:00:00Z'),
        lastSeenAt: new Date('2026-01-01T14:00:00Z'),
      });
  });
});
