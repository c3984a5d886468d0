import { describe, expect, it } from '@jest/globals';
import { ask, startEcho } from './echo.ts';
import { startGateway, tagOf } from './start-gateway.ts';

/** Instances that the gateway looks for by a name, as deploy/kubernetes has them. */

const lookFor = (port: number): string => `dynamic a {\n  name localhost\n  port ${port}\n  refresh 2s\n}\n`;

describe('a gateway that is told a name', () => {
  it('finds instances and nodes by it, and tells each instance how it was dialled', async () => {
    await using instance = await startEcho('instance');
    await using node = await startEcho('node');
    await using gateway = await startGateway([], {
      env: {
        SERVICE_UPSTREAMS: '',
        SERVICE_DISCOVERY: lookFor(instance.port),
        LIVEKIT_UPSTREAMS: '',
        LIVEKIT_DISCOVERY: lookFor(node.port),
      },
    });
    expect((await ask(`${gateway.url}/rooms`)).name).toBe('instance');
    expect((await ask(`${gateway.livekitUrl}/rtc`)).name).toBe('node');

    const first = await ask(`${gateway.url}/socket.io/?EIO=4&transport=polling`);
    expect(first.headers['x-gateway-upstream']).toBe(instance.address);
    const next = await ask(
      `${gateway.url}/socket.io/?EIO=4&transport=polling&sid=x.${tagOf(instance.address)}`,
    );
    expect(next.headers['x-gateway-upstream']).toBe(instance.address);
  });
});
