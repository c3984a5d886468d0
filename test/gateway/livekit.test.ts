import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, type Echo, startEcho } from './echo.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

/** LiveKit's nodes behind the gateway, with echoes for the nodes. */

let nodes: readonly [Echo, Echo];
let gateway: Gateway;

beforeAll(async () => {
  nodes = [await startEcho('node-1'), await startEcho('node-2')];
  gateway = await startGateway([], { nodes: nodes.map(({ port }) => port) });
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  for (const node of nodes ?? []) await node[Symbol.asyncDispose]();
});

const whoAnswers = async (times: number): Promise<Set<string>> => {
  const names = new Set<string>();
  for (let at = 0; at < times; at += 1) names.add((await ask(`${gateway.livekitUrl}/rtc?x=${at}`)).name);
  return names;
};

describe("LiveKit's nodes behind the gateway", () => {
  it('share what comes', async () => {
    expect(await whoAnswers(40)).toEqual(new Set(['node-1', 'node-2']));
  });

  it.each(['/rtc/validate', '/whip/v1', '/twirp/livekit.RoomService/ListRooms', '/'])(
    'get %s as it came',
    async (path) => {
      const echoed = await ask(`${gateway.livekitUrl}${path}`, {
        method: 'POST',
        headers: { authorization: 'Bearer x', 'x-livekit-clientinfo': '{}' },
        body: 'v=0',
      });
      expect(echoed.headers).toMatchObject({ authorization: 'Bearer x', 'x-livekit-clientinfo': '{}' });
    },
  );

  it("are not at the page's address", async () => {
    const asked = request(`${gateway.url}/rtc`, { agent: false }).end();
    const [answer] = await once(asked, 'response');
    expect(answer.resume().statusCode).toBe(503); // no instance of the service is up
  });

  it('are asked on when one of them is killed, without one request lost', async () => {
    await nodes[0][Symbol.asyncDispose]();
    expect(await whoAnswers(40)).toEqual(new Set(['node-2']));
  });

  it('are said to be away when none is up', async () => {
    await nodes[1][Symbol.asyncDispose]();
    const answer = await fetch(`${gateway.livekitUrl}/rtc`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
  });
});
