import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DisconnectReason, type Room as LiveKit, RoomEvent } from 'livekit-client';
import { ApiError, type FailureCode } from '../../api/api-error.ts';
import { createCall, type MediaState } from './call.ts';

/** LiveKit's room, for unit tests. */
class ALiveKit extends EventEmitter {
  state: 'connected' | 'disconnected' = 'disconnected';
  readonly connects: unknown[][] = [];
  /** What connecting comes to; a test sets it. */
  getThrough = async (): Promise<void> => {};

  async connect(...how: unknown[]): Promise<void> {
    this.connects.push(how);
    await this.getThrough();
    this.state = 'connected';
  }
  async disconnect(): Promise<void> {
    if (this.state === 'connected') this.cut(DisconnectReason.CLIENT_INITIATED);
  }
  cut(reason?: DisconnectReason): void {
    this.state = 'disconnected';
    this.emit(RoomEvent.Disconnected, reason);
  }
}

const seat = (iceServers: object[] = []) => ({
  server_url: 'wss://livekit.example',
  participant_token: 'a.livekit.token',
  iceServers,
});
const settle = (): Promise<void> => jest.advanceTimersByTimeAsync(0);
const pass = (milliseconds: number): Promise<void> => jest.advanceTimersByTimeAsync(milliseconds);
/** Something that happens when the test says so. */
function later<T>() {
  let happen: (what: T) => void = () => {};
  const happened = new Promise<T>((resolve) => {
    happen = resolve;
  });
  return { happen, happened };
}

let asked: { address: string; method: string; authorization: string | null }[];
/** What the service says; a test sets it. */
let join: () => Promise<Response>;
const refuse = (code: FailureCode, status = 503) => {
  join = async () => Response.json({ code }, { status });
};
const real = globalThis.fetch;
beforeEach(() => {
  jest.useFakeTimers();
  asked = [];
  join = async () => Response.json(seat());
  globalThis.fetch = async (address, { method = '', headers } = {}) => {
    const authorization = new Headers(headers).get('Authorization');
    asked.push({ address: `${address}`, method, authorization });
    return join();
  };
});
afterEach(() => {
  globalThis.fetch = real;
  jest.useRealTimers();
});

function open(token: () => Promise<string> = async () => 'a.b.c') {
  const livekit = new ALiveKit();
  const states: MediaState[] = [];
  const outs: string[] = [];
  let connected = 0;
  const call = createCall({
    roomId: 'a-room',
    livekit: livekit as unknown as LiveKit,
    session: { token },
    onState: (state) => states.push(state),
    onConnected: () => {
      connected += 1;
    },
    onOut: (ending) => outs.push(ending),
  });
  return { call, livekit, states, outs, connected: () => connected };
}
async function connect() {
  const all = open();
  await all.call.connect();
  all.states.length = 0;
  return all;
}
const noWay = async (): Promise<void> => Promise.reject(new Error('could not establish pc connection'));

describe('a call', () => {
  it('takes the seat, and gets through to LiveKit with what it gets', async () => {
    const { call, livekit, states, connected } = open();
    await call.connect();
    expect(asked).toEqual([
      { address: '/api/realtime/rooms/a-room/join', method: 'POST', authorization: 'Bearer a.b.c' },
    ]);
    expect(livekit.connects).toEqual([['wss://livekit.example', 'a.livekit.token', { rtcConfig: {} }]]);
    expect([states, connected()]).toEqual([['connecting', 'up'], 1]);
    await pass(60_000);
    expect(livekit.connects).toHaveLength(1);
  });

  it('goes by the ways that the service names, if it names any', async () => {
    const iceServers = [{ urls: ['turn:turn.example'], username: 'a', credential: 'b' }];
    join = async () => Response.json(seat(iceServers));
    const { call, livekit } = open();
    await call.connect();
    expect(livekit.connects[0]?.[2]).toEqual({ rtcConfig: { iceServers } });
  });

  it('is made once, however many ask for it at once', async () => {
    const { call, livekit, connected } = open();
    await Promise.all([call.connect(), call.connect()]);
    expect([asked.length, livekit.connects.length, connected()]).toEqual([1, 1, 1]);
  });

  it('tells how LiveKit brings it back by itself', async () => {
    const { livekit, states } = await connect();
    for (const event of ['Reconnecting', 'Reconnected', 'SignalReconnecting', 'Reconnected'] as const)
      livekit.emit(RoomEvent[event]);
    expect(states).toEqual(['reconnecting', 'up', 'reconnecting', 'up']);
    await pass(60_000);
    expect(livekit.connects).toHaveLength(1);
  });
});

describe('a call that does not get through', () => {
  it('is tried again, less and less often, and then given up', async () => {
    const { call, livekit, states, connected } = open();
    livekit.getThrough = noWay;
    await call.connect();
    for (const wait of [1_000, 2_000, 4_000, 8_000]) {
      expect(states.at(-1)).toBe('reconnecting');
      const before = livekit.connects.length;
      await pass(wait - 1);
      expect(livekit.connects).toHaveLength(before);
      await pass(1);
      expect(livekit.connects).toHaveLength(before + 1);
    }
    expect([states.at(-1), asked.length]).toEqual(['failed', 5]);
    expect(states.filter((state) => state === 'connecting')).toHaveLength(1);
    await pass(60_000);
    expect([asked.length, connected()]).toEqual([5, 0]);
  });

  it('and was given up is made anew when it is asked for, with as much patience', async () => {
    const { call, livekit, states } = open();
    livekit.getThrough = noWay;
    await call.connect();
    await pass(60_000);
    states.length = 0;
    await call.connect();
    expect(states).toEqual(['connecting', 'reconnecting']);
    await pass(60_000);
    expect([livekit.connects.length, states.at(-1)]).toEqual([10, 'failed']);
  });

  it('has all its patience again once it was through', async () => {
    const { call, livekit, states } = open();
    livekit.getThrough = noWay;
    await call.connect();
    await pass(1_000);
    livekit.getThrough = async () => {};
    await pass(2_000);
    expect([states.at(-1), livekit.connects.length]).toEqual(['up', 3]);
    livekit.cut();
    await pass(1_000);
    expect([states.at(-1), livekit.connects.length]).toEqual(['up', 4]);
  });

  it('is tried once when it is asked for while it waits', async () => {
    const { call, livekit } = open();
    livekit.getThrough = noWay;
    await call.connect();
    livekit.getThrough = async () => {};
    await call.connect();
    await pass(60_000);
    expect(livekit.connects).toHaveLength(2);
  });

  it('is one failure, also when LiveKit says farewell to it', async () => {
    const { call, livekit } = open();
    livekit.getThrough = () => {
      livekit.cut(DisconnectReason.JOIN_FAILURE);
      return noWay();
    };
    await call.connect();
    await pass(999);
    expect(livekit.connects).toHaveLength(1);
    await pass(1);
    expect(livekit.connects).toHaveLength(2);
    await pass(1_999);
    expect(livekit.connects).toHaveLength(2);
  });

  it.each<FailureCode>(['LIVEKIT_UNAVAILABLE', 'GATEWAY_NO_INSTANCE', 'RATE_LIMITED'])(
    'for %s is tried again',
    async (code) => {
      refuse(code);
      const { call, livekit, states, outs } = open();
      await call.connect();
      expect([livekit.connects, states]).toEqual([[], ['connecting', 'reconnecting']]);
      join = async () => Response.json(seat());
      await pass(1_000);
      expect([states.at(-1), outs]).toEqual(['up', []]);
    },
  );
});

describe('a call is over', () => {
  it.each<[FailureCode, string]>([
    ['ROOM_FULL', 'full'],
    ['KICKED', 'kicked'],
    ['ROOM_ENDED', 'ended'],
  ])('when the service refuses the seat by %s: %s', async (code, ending) => {
    refuse(code, 403);
    const { call, livekit, outs } = open();
    await call.connect();
    await pass(60_000);
    expect([outs, livekit.connects, asked.length]).toEqual([[ending], [], 1]);
  });

  it('when nobody is signed in any more, but not when Keycloak does not answer', async () => {
    const codes: FailureCode[] = ['UNREACHABLE', 'SIGNED_OUT'];
    const { call, outs } = open(async () => Promise.reject(new ApiError(codes.shift() ?? 'UNKNOWN', 'no')));
    await call.connect();
    expect(outs).toEqual([]);
    await pass(60_000);
    expect([outs, asked]).toEqual([['signed-out'], []]);
  });

  it.each([
    ['DUPLICATE_IDENTITY', 'elsewhere'],
    ['PARTICIPANT_REMOVED', 'removed'],
    ['ROOM_DELETED', 'ended'],
  ] as const)('by %s: %s', async (reason, ending) => {
    const { livekit, outs } = await connect();
    livekit.cut(DisconnectReason[reason]);
    await pass(60_000);
    expect([outs, livekit.connects.length]).toEqual([[ending], 1]);
  });

  it.each(['SERVER_SHUTDOWN', 'SIGNAL_CLOSE', 'STATE_MISMATCH', undefined] as const)(
    'not by %s: it is made again, with a seat and a token of its own',
    async (reason) => {
      const { livekit, states, outs, connected } = await connect();
      livekit.cut(reason && DisconnectReason[reason]);
      expect(states).toEqual(['reconnecting']);
      await pass(999);
      expect(asked).toHaveLength(1);
      await pass(1);
      expect([asked.length, livekit.state, states.at(-1)]).toEqual([2, 'connected', 'up']);
      expect([outs, connected()]).toEqual([[], 2]);
    },
  );
});

describe('closing a call', () => {
  /** Nothing is connected, and nothing is left that could connect it again. */
  async function expectQuiet({ livekit, outs, connected }: ReturnType<typeof open>, attempts: number) {
    expect(jest.getTimerCount()).toBe(0);
    await pass(60_000);
    expect([livekit.state, livekit.connects.length, connected()]).toEqual(['disconnected', attempts, 0]);
    expect(outs).toEqual([]);
  }

  it('that is up hangs up, and is not made again', async () => {
    const { call, livekit, states, outs } = await connect();
    await call.close();
    await pass(60_000);
    expect([livekit.state, livekit.connects.length, states, outs]).toEqual(['disconnected', 1, [], []]);
  });

  it('that waits to be tried again stops the waiting', async () => {
    const all = open();
    all.livekit.getThrough = noWay;
    await all.call.connect();
    await all.call.close();
    await expectQuiet(all, 1);
  });

  it('while LiveKit is getting through leaves nothing connected', async () => {
    const all = open();
    const { happen, happened } = later<void>();
    all.livekit.getThrough = () => happened;
    void all.call.connect();
    await settle();
    await all.call.close();
    happen();
    await settle();
    await expectQuiet(all, 1);
    expect(all.states).toEqual(['connecting']);
  });

  it('while LiveKit is not getting through is not tried again', async () => {
    const all = open();
    const { happen, happened } = later<void>();
    all.livekit.getThrough = () => happened.then(noWay);
    void all.call.connect();
    await settle();
    await all.call.close();
    happen();
    await settle();
    await expectQuiet(all, 1);
    expect(all.states).toEqual(['connecting']);
  });

  it('while the service is asked connects to nothing', async () => {
    const all = open();
    const { happen, happened } = later<Response>();
    join = () => happened;
    void all.call.connect();
    await settle();
    await all.call.close();
    happen(Response.json(seat()));
    await settle();
    await expectQuiet(all, 0);
  });

  it('while it waits for a token takes no seat', async () => {
    const { happen, happened } = later<string>();
    const all = open(() => happened);
    void all.call.connect();
    await all.call.close();
    happen('a.b.c');
    await settle();
    expect(asked).toEqual([]);
    await expectQuiet(all, 0);
  });
});
