import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createWhip } from './whip.ts';

type Got = { method: string; path: string; headers: IncomingMessage['headers']; body: string };
type Reply = { status: number; headers?: Record<string, string>; body?: string };

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** LiveKit, as far as this client knows it; without a reply it says nothing. */
async function aServer(reply: Reply | null) {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = request;
    got.push({ method, path: url, headers, body: Buffer.concat(chunks).toString() });
    if (reply) response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { got, whip: createWhip({ url, timeout: 300 }) };
}

const OPENED: Reply = {
  status: 201,
  headers: { location: '/whip/v1/PA_abc', etag: 'ufrag', 'content-type': 'application/sdp' },
  body: 'v=0 answer',
};
const session = { token: 'a-token', resource: '/whip/v1/PA_abc' };
const trickled = { ...session, etag: 'ufrag', fragment: 'a=x' };
const failure = (error: string): string => JSON.stringify({ error });

describe('an offer', () => {
  it("goes to LiveKit with the identity's token, and opens a session", async () => {
    const { got, whip } = await aServer(OPENED);
    expect(await whip.offer({ token: 'a-token', sdp: 'v=0 offer' })).toEqual({
      sdp: 'v=0 answer',
      participantId: 'PA_abc',
      resource: '/whip/v1/PA_abc',
      etag: 'ufrag',
    });
    expect(got[0]).toMatchObject({ method: 'POST', path: '/whip/v1', body: 'v=0 offer' });
    expect(got[0]?.headers).toMatchObject({
      authorization: 'Bearer a-token',
      'content-type': 'application/sdp',
    });
    expect(got[0]?.headers).not.toHaveProperty('x-livekit-clientinfo');
  });

  it('names the tracks that are asked for, whatever letters they are written in', async () => {
    const { got, whip } = await aServer(OPENED);
    const subscribe = [
      { identity: 'anna', tracks: ['máy ảnh 📷'] },
      { identity: '__proto__', tracks: ['b'] },
      { identity: 'anna', tracks: ['c'] },
    ];
    await whip.offer({ token: 't', sdp: 'v=0', subscribe });
    const header = String(got[0]?.headers['x-livekit-clientinfo']);
    expect(header).toMatch(/^[\x20-\x7e]+$/);
    const { subscribedParticipantTrackNames: names } = JSON.parse(header);
    expect(Object.entries(names)).toEqual([
      ['anna', ['máy ảnh 📷', 'c']],
      ['__proto__', ['b']],
    ]);
  });

  it.each([
    [400, 'INVALID_REQUEST'],
    [413, 'PAYLOAD_TOO_LARGE'],
    [401, 'LIVEKIT_UNAVAILABLE'],
    [500, 'LIVEKIT_UNAVAILABLE'],
    [503, 'LIVEKIT_UNAVAILABLE'],
    [302, 'LIVEKIT_UNAVAILABLE'],
  ])('answered with %d is %s, and nothing that LiveKit said is shown', async (status, code) => {
    const headers = { location: 'http://elsewhere.test/' };
    const { whip } = await aServer({ status, headers, body: failure('inside') });
    const error = await whip.offer({ token: 't', sdp: 'x' }).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).not.toContain('inside');
  });

  it.each([
    'payload type not found',
    'SetRemoteDescription called with an invalid fingerprint',
    'remoteDescription contained media section without mid value',
  ])('that LiveKit calls itself unavailable for (%s) is at fault itself', async (said) => {
    const { whip } = await aServer({ status: 503, body: failure(said) });
    await expect(whip.offer({ token: 't', sdp: 'x' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it.each([{ etag: 'u' }, { location: '/whip/v1/PA_abc' }, { location: '/elsewhere/PA_abc', etag: 'u' }])(
    'answered with no session that can be used (%j) has failed',
    async (headers) => {
      const { whip } = await aServer({ status: 201, headers, body: 'v=0' });
      await expect(whip.offer({ token: 't', sdp: 'x' })).rejects.toMatchObject({
        code: 'LIVEKIT_UNAVAILABLE',
      });
    },
  );

  it('does not wait for ever, and not for one who has gone', async () => {
    const { whip } = await aServer(null);
    await expect(whip.offer({ token: 't', sdp: 'x' })).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
    const gone = whip.offer({ token: 't', sdp: 'x', signal: AbortSignal.abort() });
    await expect(gone).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
  });

  it('fails when nobody listens there', async () => {
    const whip = createWhip({ url: 'http://127.0.0.1:1', timeout: 300 });
    await expect(whip.offer({ token: 't', sdp: 'x' })).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
  });
});

describe('candidates', () => {
  it('go to the session, under the name of its ICE session', async () => {
    const { got, whip } = await aServer({ status: 204 });
    await whip.trickle(trickled);
    expect(got[0]).toMatchObject({ method: 'PATCH', path: '/whip/v1/PA_abc', body: 'a=x' });
    expect(got[0]?.headers).toMatchObject({
      'if-match': 'ufrag',
      'content-type': 'application/trickle-ice-sdpfrag',
    });
  });

  it.each([
    [404, 'participant does not exist', 'NO_SUCH_SESSION'],
    [500, 'no response from servers', 'NO_SUCH_SESSION'],
    [500, 'ice session mismatch, expected: a, got: b', 'NO_SUCH_SESSION'],
    [400, 'mid mismatch', 'INVALID_REQUEST'],
    [500, 'could not find media mid', 'INVALID_REQUEST'],
    [500, 'request timed out', 'LIVEKIT_UNAVAILABLE'],
  ])('answered with %d (%s) are %s', async (status, said, code) => {
    const { whip } = await aServer({ status, body: failure(said) });
    await expect(whip.trickle(trickled)).rejects.toMatchObject({ code });
  });

  it('restart ICE, which gives the session another name', async () => {
    const { got, whip } = await aServer({ status: 200, headers: { etag: 'new' }, body: 'a=y' });
    expect(await whip.restart({ ...session, fragment: 'a=x' })).toEqual({ fragment: 'a=y', etag: 'new' });
    expect(got[0]?.headers['if-match']).toBe('*');
  });
});

describe('leaving', () => {
  it.each([200, 204, 404])('is done when LiveKit says %d', async (status) => {
    const { got, whip } = await aServer({ status });
    await whip.leave(session);
    expect(got[0]).toMatchObject({ method: 'DELETE', path: '/whip/v1/PA_abc' });
  });

  it('has failed otherwise', async () => {
    const { whip } = await aServer({ status: 500 });
    await expect(whip.leave(session)).rejects.toMatchObject({ code: 'LIVEKIT_UNAVAILABLE' });
  });

  it.each(['http://elsewhere.test/whip/v1/PA_a', '/whip/v1/../admin', '/whip/v1/'])(
    'is of sessions only, not of %s',
    async (resource) => {
      const { got, whip } = await aServer({ status: 200 });
      await expect(whip.leave({ token: 't', resource })).rejects.toThrow(TypeError);
      expect(got).toEqual([]);
    },
  );
});
