import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Arrival } from '../../presence/index.ts';
import type { UserConnection } from './connection.ts';
import { createReports } from './reports.ts';

const ann: UserConnection = { serverId: 'a-server', cid: 7, roomId: 'a-room', userId: 'ann' };

let open: boolean;
let arrival: Arrival;
let told: string[];
let logged: string[];
let reports: ReturnType<typeof createReports>;
let fails: boolean;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  open = true;
  arrival = { admitted: true } as Arrival;
  told = [];
  logged = [];
  fails = false;
  const tell = (what: string) => {
    told.push(what);
    if (fails) throw new Error('the store is down');
  };
  reports = createReports({
    presence: {
      async arrived({ userId }) {
        tell(`${userId} came`);
        return arrival;
      },
      async departed({ userId }) {
        tell(`${userId} went`);
      },
    },
    isOpen: () => open,
    onArrived: ({ userId }) => logged.push(`${userId} came`),
    onDeparted: ({ userId }) => logged.push(`${userId} went`),
    async onRefused(_connection, code) {
      told.push(`closed: ${code}`);
    },
    onError: () => {},
  });
});
afterEach(async () => {
  await reports[Symbol.asyncDispose]();
  jest.useRealTimers();
});

const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);

describe('a connection', () => {
  it('is told of once it has stayed, and when it goes', async () => {
    reports.changed(ann);
    expect(told).toEqual([]);
    await pass(200);
    expect(told).toEqual(['ann came']);
    open = false;
    reports.changed(ann);
    await pass(0);
    expect(told).toEqual(['ann came', 'ann went']);
    expect(logged).toEqual(told);
  });

  it('that only looked in is nothing to anybody', async () => {
    reports.changed(ann);
    open = false;
    reports.changed(ann);
    await pass(5_000);
    expect([...told, ...logged]).toEqual([]);
  });

  it('that goes while nobody was told of its coming here is told of: another life of this service may have been', async () => {
    open = false;
    reports.changed(ann);
    await pass(0);
    expect(told).toEqual(['ann went']);
  });

  it('that is not wanted is closed', async () => {
    arrival = { admitted: false, code: 'KICKED' };
    reports.changed(ann);
    await pass(200);
    expect(told).toEqual(['ann came', 'closed: KICKED']);
  });

  it('is told of again as it is then, when that failed', async () => {
    fails = true;
    reports.changed(ann);
    await pass(200);
    open = false;
    fails = false;
    await pass(1_000);
    expect(told).toEqual(['ann came', 'ann went']);
  });
});
