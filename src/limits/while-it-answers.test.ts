import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Redis } from 'ioredis';
import { whileItAnswers } from './while-it-answers.ts';

let status: Redis['status'];
let pings: PromiseWithResolvers<'PONG'>[];
let told: unknown[];
let inRedis: ReturnType<typeof whileItAnswers>;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  status = 'ready';
  pings = [];
  told = [];
  const redis = {
    get status() {
      return status;
    },
    ping() {
      const ping = Promise.withResolvers<'PONG'>();
      pings.push(ping);
      return ping.promise;
    },
  };
  inRedis = whileItAnswers(redis as Pick<Redis, 'status' | 'ping'>, (error) => told.push(error));
});
afterEach(() => {
  jest.useRealTimers();
});

const works = async () => 'done';
const failure = new Error('Command timed out');
const fails = () => Promise.reject(failure);
const never = jest.fn(works);

it('uses Redis while it answers', async () => {
  expect(await inRedis(works)).toBe('done');
  expect(told).toEqual([]);
});

it('does not ask a Redis that is not there, and uses it as soon as it is', async () => {
  status = 'reconnecting';
  expect(await inRedis(never)).toBeUndefined();
  expect(never).not.toHaveBeenCalled();
  status = 'ready';
  expect(await inRedis(works)).toBe('done');
});

it('lets nobody wait for a Redis that failed, and asks it in the background once a second', async () => {
  expect(await inRedis(fails)).toBeUndefined();
  for (let call = 0; call < 3; call += 1) expect(await inRedis(never)).toBeUndefined();
  expect(pings).toHaveLength(0);

  jest.advanceTimersByTime(1_000);
  for (let call = 0; call < 3; call += 1) expect(await inRedis(never)).toBeUndefined();
  expect(pings).toHaveLength(1);
  pings[0]?.reject(failure);

  jest.advanceTimersByTime(1_000);
  expect(await inRedis(never)).toBeUndefined();
  expect(pings).toHaveLength(2);
  expect(never).not.toHaveBeenCalled();
});

it('uses Redis again once it has answered', async () => {
  await inRedis(fails);
  jest.advanceTimersByTime(1_000);
  await inRedis(works);
  pings[0]?.resolve('PONG');
  await pings[0]?.promise;
  expect(await inRedis(works)).toBe('done');
});

it('tells once of each time that Redis fails, though it answers when asked', async () => {
  await Promise.all([inRedis(fails), inRedis(fails), inRedis(fails)]);
  expect(told).toEqual([failure]);
  jest.advanceTimersByTime(1_000);
  await inRedis(works);
  pings[0]?.resolve('PONG');
  await pings[0]?.promise;
  await inRedis(fails);
  expect(told).toEqual([failure]);
  jest.advanceTimersByTime(1_000);
  await inRedis(works);
  pings[1]?.resolve('PONG');
  await pings[1]?.promise;
  await inRedis(works);
  await inRedis(fails);
  expect(told).toEqual([failure, failure]);
});
