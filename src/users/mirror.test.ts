import { setImmediate as settled } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMirror, type UserMirror } from './mirror.ts';
import type { Sighting } from './user-store.ts';

const noon = new Date('2026-01-01T12:00:00Z');
const MINUTE = 60_000;
const alice = { id: 'alice', name: 'Alice' };
const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `user-${index}`, name: `User ${index}` }));

describe('the mirror of users', () => {
  let time: number;
  let written: Sighting[][];
  let errors: unknown[];
  /** What the store does; a test sets it. */
  let answer: () => Promise<void>;
  let mirror: UserMirror;

  beforeEach(() => {
    time = noon.getTime();
    written = [];
    errors = [];
    answer = async () => {};
    mirror = createMirror({
      store: {
        async write(sightings) {
          written.push([...sightings]);
          await answer();
        },
      },
      now: () => new Date(time),
      onError: (error) => errors.push(error),
    });
  });
  afterEach(async () => {
    await mirror[Symbol.asyncDispose]();
  });

  async function see(...users: { id: string; name: string }[]): Promise<void> {
    for (const user of users) mirror.seen(user);
    await settled();
  }
  const ids = () => written.flat().map(({ id }) => id);

  it('writes a person of Keycloak at first sight', async () => {
    await see(alice);
    expect(written).toEqual([[{ ...alice, kind: 'keycloak', at: noon }]]);
  });

  it('knows a wallet by its id', async () => {
    const wallet = 'wallet:0x52908400098527886E0F7030069857D2E4169EE7';
    await see({ id: wallet, name: '0x5290…9EE7' });
    expect(written).toMatchObject([[{ id: wallet, kind: 'wallet' }]]);
  });

  it('writes someone once an hour, however often they call', async () => {
    for (let minute = 0; minute < 59; minute += 1) {
      await see(alice, alice);
      time += MINUTE;
    }
    expect(written).toHaveLength(1);
    time += 2 * MINUTE;
    await see(alice, alice);
    expect(written).toHaveLength(2);
    expect(written[1]).toMatchObject([{ id: 'alice', at: new Date(time) }]);
  });

  it('writes someone again at once whose name has changed', async () => {
    await see(alice);
    await see({ id: 'alice', name: 'Alice Liddell' });
    await see({ id: 'alice', name: 'Alice Liddell' });
    expect(written.flat().map(({ name }) => name)).toEqual(['Alice', 'Alice Liddell']);
  });

  it('gathers who comes while a write is under way, and writes each of them once', async () => {
    const held = Promise.withResolvers<void>();
    answer = () => held.promise;
    await see(alice, ...people(60), { id: 'user-1', name: 'Renamed' });
    expect(written).toHaveLength(1);
    held.resolve();
    await settled();
    expect(written.map((batch) => batch.length)).toEqual([1, 50, 11]);
    expect(written.flat().filter(({ id }) => id === 'user-1')).toHaveLength(2);
  });

  it('writes someone who is in a batch twice with the later name', async () => {
    const held = Promise.withResolvers<void>();
    answer = () => held.promise;
    await see({ id: 'first', name: 'First' }, alice, { id: 'alice', name: 'Alice Liddell' });
    held.resolve();
    await settled();
    expect(written[1]).toMatchObject([{ id: 'alice', name: 'Alice Liddell' }]);
  });

  it('takes up at their next call whom it could not write, and says once that it could not', async () => {
    answer = () => Promise.reject(new Error('the store is away'));
    await see(alice);
    await see(alice, { id: 'bob', name: 'Bob' });
    expect(ids()).toEqual(['alice', 'alice', 'bob']);
    expect(errors).toEqual([expect.objectContaining({ message: 'the store is away' })]);

    answer = async () => {};
    await see(alice);
    await see(alice);
    expect(ids()).toEqual(['alice', 'alice', 'bob', 'alice']);

    answer = () => Promise.reject(new Error('away once more'));
    await see({ id: 'carol', name: 'Carol' });
    expect(errors).toHaveLength(2);
  });

  it('holds no more than a thousand in hand while the store says nothing; the rest are seen again later', async () => {
    const held = Promise.withResolvers<void>();
    answer = () => held.promise;
    const crowd = people(1_500);
    await see(...crowd);
    expect(errors).toHaveLength(1);
    held.resolve();
    await settled();
    expect(ids()).toHaveLength(1_000);
    await see(...crowd);
    expect(ids().toSorted()).toEqual(crowd.map(({ id }) => id).toSorted());
  });

  it('remembers ten thousand, and writes once more whom it forgot', async () => {
    const crowd = people(10_001);
    for (const user of crowd) await see(user);
    expect(ids()).toHaveLength(10_001);
    await see(...crowd.slice(-1));
    expect(ids()).toHaveLength(10_001);
    await see(...crowd.slice(0, 1));
    expect(ids()).toHaveLength(10_002);
  });

  it('waits, when disposed of, for what is in hand, but not for long', async () => {
    answer = () => new Promise((resolve) => setTimeout(resolve, 50));
    await see(...people(51));
    await mirror[Symbol.asyncDispose]();
    expect(ids()).toHaveLength(51);

    const never = Promise.withResolvers<void>();
    answer = () => never.promise;
    await see(alice);
    const began = performance.now();
    await mirror[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(2_000);
    never.resolve();
  });
});
