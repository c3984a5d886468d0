import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TrackKind } from '@livekit/rtc-node';
import type { Browser } from 'playwright-core';
import { openPeerPage, type PeerPage } from '../support/bare-peer.ts';
import { openBrowser } from '../support/browser.ts';
import { getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { framesOf } from '../support/sounds.ts';
import { api, output } from '../support/stack.ts';

/** A client that follows RFC 9725 and knows nothing else of us: `fetch`, and a Chromium for the media. */

const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

let browser: Browser;
let page: PeerPage;
beforeAll(async () => {
  browser = await openBrowser();
  page = await openPeerPage(browser);
});
afterAll(() => browser.close());

type Sent = Readonly<{ token?: string; type?: string; body?: string; ifMatch?: string }>;
async function ask(method: string, url: URL | string, { token, type, body, ifMatch }: Sent = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(15_000),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const attribute = (sdp: string, name: string): string =>
  new RegExp(`^a=${name}:(.*)\r?$`, 'm').exec(sdp)?.[1] ?? '';
/** RFC 9725, 4.3.1: the credentials, and the candidates under the first line of the bundle. */
function fragmentFor(sdp: string, candidates: readonly Record<string, unknown>[]): string {
  const [media = ''] = /^m=.*$/m.exec(sdp) ?? [];
  return [
    `a=ice-ufrag:${attribute(sdp, 'ice-ufrag')}`,
    `a=ice-pwd:${attribute(sdp, 'ice-pwd')}`,
    media.trim(),
    `a=mid:${attribute(sdp, 'mid')}`,
    ...candidates.map(({ candidate }) => `a=${candidate}`),
    'a=end-of-candidates',
    '',
  ].join('\r\n');
}

/** What was answered before, with the ICE session of a restart in it. */
function restarted(answer: string, fragment: string): string {
  const candidates = [...fragment.matchAll(/^a=candidate:.*$/gm)].map(([line]) => line.trim());
  return answer
    .replaceAll(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '')
    .replaceAll(/^a=ice-ufrag:.*\r$/gm, `a=ice-ufrag:${attribute(fragment, 'ice-ufrag')}\r`)
    .replaceAll(/^a=ice-pwd:.*\r$/gm, `a=ice-pwd:${attribute(fragment, 'ice-pwd')}\r`)
    .replace(/^(a=mid:.*)\r$/m, `$1\r\n${candidates.join('\r\n')}\r`);
}

describe('a WHIP client', () => {
  it('publishes, trickles its candidates, restarts ICE and leaves', async () => {
    const [host, guest] = await Promise.all([newPerson('host'), newPerson('obs')]);
    const { id: roomId } = await newRoom(host.token);
    await using client = await connect(await join(roomId, host.token));
    const seen = framesOf(client.room);
    const endpoint = `${output('PUBLIC_URL')}/whip/${roomId}`;
    const { token } = guest;

    const offer = await page.offer('obs', { send: ['audio', 'video'] });
    const created = await ask('POST', endpoint, { token, type: SDP, body: offer.sdp });
    expect(created.status).toBe(201);
    expect(created.headers.get('content-type')).toBe(SDP);
    const etag = created.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/);
    for (const link of (created.headers.get('link') ?? '').split(', ').filter((one) => one !== ''))
      expect(link).toMatch(/^<turns?:[^>]+>; rel="ice-server"; username="[^"]+"; credential="[^"]+"/);
    const session = new URL(created.headers.get('location') ?? '', endpoint);
    expect(session.pathname).toMatch(new RegExp(`^/whip/${roomId}/[\\w-]+$`));
    await page.answer('obs', created.text);

    const fragment = fragmentFor(offer.sdp, offer.candidates);
    const trickled = await ask('PATCH', session, { token, type: FRAGMENT, body: fragment, ifMatch: etag });
    expect([trickled.status, trickled.text]).toEqual([204, '']);
    await eventually(async () => expect((await page.flow('obs')).state).toBe('connected'));
    const identity = `${guest.id}~whip`;
    await eventually(() => {
      expect(seen.of(identity, TrackKind.KIND_VIDEO)).toBeGreaterThan(10);
      expect(seen.of(identity, TrackKind.KIND_AUDIO)).toBeGreaterThan(50);
    });
    expect((await getRoom(roomId)).participants.map(({ userId }) => userId)).toContain(guest.id);

    const next = await page.offerAgain('obs', { iceRestart: true });
    const body = fragmentFor(next.sdp, next.candidates);
    const again = await ask('PATCH', session, { token, type: FRAGMENT, body, ifMatch: '*' });
    expect([again.status, again.headers.get('content-type')]).toEqual([200, FRAGMENT]);
    expect(again.headers.get('etag')).not.toBe(etag);
    await page.answer('obs', restarted(created.text, again.text));
    const before = seen.of(identity, TrackKind.KIND_VIDEO);
    await eventually(async () => {
      expect((await page.flow('obs')).state).toBe('connected');
      expect(seen.of(identity, TrackKind.KIND_VIDEO)).toBeGreaterThan(before + 10);
    });
    const stale = await ask('PATCH', session, { token, type: FRAGMENT, body: fragment, ifMatch: etag });
    expect(stale.status).toBe(412);

    const left = await ask('DELETE', session, { token });
    expect([left.status, left.text]).toEqual([200, '']);
    await eventually(() => expect(client.room.remoteParticipants.has(identity)).toBe(false));
    expect((await ask('DELETE', session, { token })).status).toBe(404);
  }, 60_000);

  it('is told by OPTIONS what may be posted, and may be a page of another origin', async () => {
    const { status, headers } = await ask('OPTIONS', `${api}/whip/any-room`);
    expect([status, headers.get('accept-post')]).toEqual([204, SDP]);
    expect(headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(headers.get('access-control-allow-headers')).toContain('if-match');
    expect((await ask('OPTIONS', `${api}/rooms`)).headers.get('accept-post')).toBeNull();
  });

  it('is refused with a problem: without a token, in another type, with what is no SDP, by another method', async () => {
    const host = await newPerson('host');
    const { id: roomId } = await newRoom(host.token);
    const endpoint = `${api}/whip/${roomId}`;
    const { sdp } = await page.offer('refused', { send: ['audio'] });
    const { token } = host;
    const cases: [string, Sent, number, string][] = [
      ['POST', { type: SDP, body: sdp }, 401, 'UNAUTHENTICATED'],
      ['POST', { token: 'x.y.z', type: SDP, body: sdp }, 401, 'TOKEN_INVALID'],
      ['POST', { token, type: 'application/json', body: '{}' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['POST', { token, type: SDP, body: 'hello' }, 400, 'INVALID_REQUEST'],
      ['POST', { token, type: SDP }, 400, 'INVALID_REQUEST'],
      ['POST', { token, type: SDP, body: sdp.padEnd(65_537, 'x') }, 413, 'PAYLOAD_TOO_LARGE'],
      ['GET', { token }, 405, 'METHOD_NOT_ALLOWED'],
      ['PUT', { token, type: SDP, body: sdp }, 405, 'METHOD_NOT_ALLOWED'],
    ];
    for (const [method, sent, status, code] of cases) {
      const { headers, text, ...answer } = await ask(method, endpoint, sent);
      expect([method, answer.status, JSON.parse(text).code]).toEqual([method, status, code]);
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
  });

  it('must say which ICE session its candidates are for', async () => {
    const host = await newPerson('host');
    const { id: roomId } = await newRoom(host.token);
    const endpoint = `${api}/whip/${roomId}?peer_id=encoder-2`;
    const { token } = host;
    const { sdp, candidates } = await page.offer('etags', { send: ['audio'] });
    const created = await ask('POST', endpoint, { token, type: SDP, body: sdp });
    const session = new URL(created.headers.get('location') ?? '', endpoint);
    const body = fragmentFor(sdp, candidates);
    const patch = (more: Sent) => ask('PATCH', session, { token, type: FRAGMENT, body, ...more });
    expect((await patch({})).status).toBe(428);
    expect((await patch({ ifMatch: '"another"' })).status).toBe(412);
    expect((await patch({ ifMatch: created.headers.get('etag') ?? '', body: 'hello' })).status).toBe(400);
    expect((await patch({ ifMatch: created.headers.get('etag') ?? '', type: SDP })).status).toBe(415);
    // OBS and others leave the quotes out.
    expect((await patch({ ifMatch: (created.headers.get('etag') ?? '').slice(1, -1) })).status).toBe(204);
    expect((await ask('DELETE', session, { token })).status).toBe(200);
  });
});
