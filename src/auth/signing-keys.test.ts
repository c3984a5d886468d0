import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { broken, type KeyServer, silent, startKeyServer } from '../../test/support/key-server.ts';
import { newSigningPair } from '../../test/support/signing-key.ts';
import { createSigningKeys, type SigningKeys } from './signing-keys.ts';

const first = newSigningPair('first');
const second = newSigningPair('second', 'ES256');
const unavailable = { code: 'KEYCLOAK_UNAVAILABLE' };

describe("the realm's keys", () => {
  let server: KeyServer;
  let keys: SigningKeys;
  let errors: unknown[];

  beforeEach(async () => {
    // Our own waits only: requests go over real sockets, which have timers of their own.
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date'] });
    server = await startKeyServer(first);
    errors = [];
    keys = createSigningKeys(server.realmUrl, (error) => errors.push(error));
  });
  afterEach(async () => {
    jest.useRealTimers();
    await server[Symbol.asyncDispose]();
    await keys[Symbol.asyncDispose]();
  });
  const pass = (milliseconds: number) => jest.advanceTimersByTime(milliseconds);

  it('are had at the first look for one, with the algorithm that each is for', async () => {
    server.publish(first, second);
    expect(keys.ready()).toBe(false);
    await expect(keys.find('first')).resolves.toMatchObject({ algorithm: 'RS256' });
    await expect(keys.find('second')).resolves.toMatchObject({ algorithm: 'ES256' });
    expect(keys.ready()).toBe(true);
  });

  it('are kept: looking for a known one asks nobody', async () => {
    await keys.refresh();
    for (let times = 0; times < 10; times += 1) await keys.find('first');
    pass(10_000);
    await keys.find('first');
    expect(server.asked()).toBe(1);
  });

  it('are asked for again when an unknown id comes, so that a new key serves at once', async () => {
    // A moment ago, by a health probe: that does not count as having asked for this one.
    await keys.refresh();
    server.publish(first, second);
    await expect(keys.find('second')).resolves.toBeDefined();
  });

  it('are asked for no more than once in two seconds, however many unknown ids come', async () => {
    await keys.refresh();
    const asking = Array.from({ length: 50 }, (_, index) => keys.find(`unknown-${index}`));
    expect(await Promise.all(asking)).toEqual(Array.from({ length: 50 }));
    expect(server.asked()).toBe(2);
    pass(1_999);
    await keys.find('unknown-again');
    expect(server.asked()).toBe(2);
    pass(1);
    await Promise.all(Array.from({ length: 50 }, (_, index) => keys.find(`unknown-${index}`)));
    expect(server.asked()).toBe(3);
  });

  it('are asked for once by all who look at the same time', async () => {
    const found = await Promise.all([
      keys.find('first'),
      keys.find('first'),
      keys.refresh(),
      keys.find('other'),
    ]);
    expect(found[0]).toBeDefined();
    expect(found[1]).toBeDefined();
    expect(found[3]).toBeUndefined();
    expect(server.asked()).toBe(1);
  });

  it.each([
    ['is broken', broken],
    [
      'answers what is no JSON',
      (_request: unknown, response: { end(text: string): void }) => response.end('<html>'),
    ],
    [
      'has no keys any more',
      (_request: unknown, response: { end(text: string): void }) => response.end('{"keys":[]}'),
    ],
  ])('go on serving when Keycloak %s', async (_what, answer) => {
    await keys.refresh();
    server.answer(answer as typeof broken);
    await expect(keys.refresh()).rejects.toMatchObject(unavailable);
    pass(2_000);
    await expect(keys.find('unknown')).resolves.toBeUndefined();
    expect(errors).toHaveLength(1);
    await expect(keys.find('first')).resolves.toBeDefined();
    expect(keys.ready()).toBe(true);
  });

  it('go on serving when Keycloak is down', async () => {
    await keys.refresh();
    await server[Symbol.asyncDispose]();
    await expect(keys.refresh()).rejects.toMatchObject(unavailable);
    await expect(keys.find('first')).resolves.toBeDefined();
  });

  it('that were never had are KEYCLOAK_UNAVAILABLE, which is not the same as unknown', async () => {
    server.answer(broken);
    await expect(keys.find('first')).rejects.toMatchObject(unavailable);
    // Too soon to ask again, and as little known.
    await expect(keys.find('first')).rejects.toMatchObject(unavailable);
    expect(server.asked()).toBe(1);
    expect(keys.ready()).toBe(false);
    server.publish(first);
    pass(2_000);
    await expect(keys.find('first')).resolves.toBeDefined();
  });

  it('stop verifying once Keycloak withdraws them', async () => {
    server.publish(first, second);
    await keys.refresh();
    server.publish(second);
    await keys.refresh();
    await expect(keys.find('first')).resolves.toBeUndefined();
    await expect(keys.find('second')).resolves.toBeDefined();
  });

  it('are refreshed every minute by themselves', async () => {
    await keys.refresh();
    const asked = server.nextRequest();
    pass(60_000);
    await asked;
    expect(server.asked()).toBe(2);
  });

  it('are asked for no more once disposed of', async () => {
    await keys.refresh();
    await keys[Symbol.asyncDispose]();
    pass(600_000);
    await keys.find('first');
    expect(server.asked()).toBe(1);
  });

  it('are not waited for without end: a Keycloak that says nothing counts as down', async () => {
    server.answer(silent);
    await expect(
      Promise.all([keys.refresh(), server.nextRequest().then(() => pass(2_000))]),
    ).rejects.toMatchObject(unavailable);
  });

  it('are not waited for without end: a Keycloak that never comes to an end counts as down', async () => {
    let dripping: NodeJS.Immediate | undefined;
    server.answer((_request, response) => {
      const drip = () => {
        response.write(' ');
        dripping = setImmediate(drip);
      };
      drip();
    });
    await expect(
      Promise.all([keys.refresh(), server.nextRequest().then(() => pass(2_000))]),
    ).rejects.toMatchObject(unavailable);
    clearImmediate(dripping);
  });
});
