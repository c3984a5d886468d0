import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, type Echo, startEcho } from './echo.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

/** gateway/socket_io.go and the Caddyfile, with two echoes for instances. */

let a: Echo;
let b: Echo;
let gateway: Gateway;

beforeAll(async () => {
  a = await startEcho('a');
  b = await startEcho('b');
  gateway = await startGateway([a.port, b.port]);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await a?.[Symbol.asyncDispose]();
  await b?.[Symbol.asyncDispose]();
});

const POLL = '/socket.io/?EIO=4&transport=polling';
const pollOf = (tag: string): string => `${gateway.url}${POLL}&sid=Zx-9_aQ.${tag}`;

/** Who answers when the same is asked so many times, each with how often. */
async function whoAnswers(url: string, times = 20): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let time = 0; time < times; time += 1) {
    // Socket.IO's client sends with POST and receives with GET.
    const { name } = await ask(url, time % 2 === 0 ? {} : { method: 'POST', body: '4{}' });
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('the header X-Gateway-Upstream', () => {
  const forged = { 'X-Gateway-Upstream': 'forged:1' };

  it.each([
    ['none from the client', {}],
    ['one from the client', forged],
    ['two from the client', { 'X-Gateway-Upstream': ['forged:1', 'forged:2'] }],
    ['a client that wants it dropped', { ...forged, Connection: 'close, x-gateway-upstream' }],
  ])('tells an instance by which address the gateway reaches it, with %s', async (_what, headers) => {
    for (const echo of [a, b]) {
      const answer = await ask(pollOf(echo.tag), { headers });
      expect(answer.name).toBe(echo.name);
      expect(answer.headers['x-gateway-upstream']).toBe(echo.address);
    }
  });

  it.each(['/api/realtime/rooms', '/health/live', '/socket.io', '/socket.iox/'])(
    'arrives from nobody at %s',
    async (path) => {
      const { headers } = await ask(`${gateway.url}${path}`, { headers: forged });
      expect(headers).not.toHaveProperty('x-gateway-upstream');
    },
  );
});

describe('a request of Socket.IO', () => {
  it('goes to the instance that its sid belongs to, each time', async () => {
    expect(await whoAnswers(pollOf(a.tag))).toEqual({ a: 20 });
    expect(await whoAnswers(pollOf(b.tag))).toEqual({ b: 20 });
  });

  it('goes to that instance by WebSocket too, and wherever the sid stands', async () => {
    const url = `${gateway.url}/socket.io/?sid=x.${b.tag}&EIO=4&transport=websocket`;
    expect(await whoAnswers(url)).toEqual({ b: 20 });
  });

  it.each([
    ['has no sid, as the first of a connection', ''],
    ['has the sid of an instance that is no more', '&sid=Zx-9_aQ.0123456789ab'],
    ['has a sid without a tag', '&sid=Zx-9_aQ'],
    ['has an empty sid', '&sid='],
  ])('goes to any instance when it %s', async (_what, query) => {
    const counts = await whoAnswers(`${gateway.url}${POLL}${query}`, 40);
    expect(Object.keys(counts).toSorted()).toEqual(['a', 'b']);
  });

  it('goes to another instance while its own says that it is not ready', async () => {
    a.isReady = false;
    await eventually(async () => expect(await whoAnswers(pollOf(a.tag), 4)).toEqual({ b: 4 }));
    expect(await whoAnswers(pollOf(b.tag))).toEqual({ b: 20 });
    a.isReady = true;
    await eventually(async () => expect(await whoAnswers(pollOf(a.tag), 4)).toEqual({ a: 4 }));
  });

  it('goes to another instance as soon as its own is down, and back once it is up', async () => {
    const { port, tag } = a;
    await a[Symbol.asyncDispose]();
    expect(await whoAnswers(pollOf(tag))).toEqual({ b: 20 });
    a = await startEcho('a', port);
    await eventually(async () => expect(await whoAnswers(pollOf(tag), 4)).toEqual({ a: 4 }));
  });
});

describe('a request that is not of Socket.IO', () => {
  it('is not kept at an instance, whatever its query says', async () => {
    const url = `${gateway.url}/api/realtime/rooms?sid=x.${a.tag}`;
    await eventually(async () => expect(await whoAnswers(url)).toEqual({ a: 10, b: 10 }));
  });
});
