import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type Offered, openPeerPage, type PeerPage } from '../support/bare-peer.ts';
import { openBrowser } from '../support/browser.ts';
import { type Answer, call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { startInstance } from '../support/service.ts';
import { takenPort } from '../support/service-process.ts';
import { publishTone } from '../support/sounds.ts';

/** Who is refused at the door of peers without an SDK, and what follows for those who are in. */

let browser: Browser;
let page: PeerPage;
let sending: Offered;
let receiving: Offered;
let people: Record<'host' | 'guest' | 'stranger', Awaited<ReturnType<typeof newPerson>>>;
beforeAll(async () => {
  browser = await openBrowser();
  page = await openPeerPage(browser);
  sending = await page.offer('sending', { send: ['audio'] });
  receiving = await page.offer('receiving', { receive: { audio: 1 } });
  const [host, guest, stranger] = await Promise.all([newPerson('host'), newPerson(), newPerson('stranger')]);
  people = { host, guest, stranger };
});
afterAll(() => browser.close());

type Signal = Readonly<{
  token: string;
  roomId: string;
  peerId?: string;
  sdp?: string;
  type?: string;
  subscribe?: object[];
  base?: string;
}>;
function signal({ token, roomId, peerId = 'peer', sdp = sending.sdp, type = 'offer', ...more }: Signal) {
  const { base, ...rest } = more;
  const body = { room_id: roomId, peer_id: peerId, type, sdp, ...rest };
  return call('POST', '/video/signal', { token, body, ...(base === undefined ? {} : { base }) });
}
const trickle = (token: string, roomId: string, peerId: string, candidate = sending.candidates[0]) =>
  call('POST', '/video/ice', { token, body: { room_id: roomId, peer_id: peerId, candidate } });
const leave = (token: string, opened: Answer) =>
  call('DELETE', `/video/signal/${opened.body['session_id']}`, { token });
const said = ({ status, body }: Answer): unknown[] => [status, body['code']];

const aRoom = async (input: Record<string, unknown> = {}): Promise<string> =>
  (await newRoom(people.host.token, input)).id;

describe('who is not admitted', () => {
  it('is refused as at every door, and takes no seat', async () => {
    const { host, guest, stranger } = people;
    const [hidden, full, ended] = await Promise.all([
      aRoom({ access: 'private' }),
      aRoom({ maxParticipants: 2 }),
      aRoom(),
    ]);
    await join(full, guest.token);
    await call('DELETE', `/rooms/${ended}`, { token: host.token });
    const asked = { token: stranger.token };
    expect(said(await signal({ ...asked, roomId: hidden }))).toEqual([403, 'NOT_INVITED']);
    expect(said(await signal({ ...asked, roomId: full }))).toEqual([409, 'ROOM_FULL']);
    expect(said(await signal({ ...asked, roomId: ended }))).toEqual([410, 'ROOM_ENDED']);
    expect(said(await signal({ ...asked, roomId: 'no-such-room' }))).toEqual([404, 'ROOM_NOT_FOUND']);
    expect(said(await signal({ token: 'nonsense', roomId: full }))).toEqual([401, 'TOKEN_INVALID']);
    expect((await getRoom(full)).participants).toHaveLength(2);
  });

  it('is nobody who could not hear anything: an encrypted room takes no peer without its keys', async () => {
    const roomId = await aRoom({ e2ee: true });
    const { guest } = people;
    expect(said(await signal({ token: guest.token, roomId }))).toEqual([409, 'SDP_IMPOSSIBLE_E2EE']);
    expect((await getRoom(roomId)).participants).toHaveLength(1);
  });
});

describe('an offer', () => {
  it.each([
    ['is no SDP', 'hello'],
    ['has no media', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'],
  ])('that %s is refused before a seat is taken', async (_what, sdp) => {
    const roomId = await aRoom();
    const refused = await signal({ token: people.guest.token, roomId, sdp });
    expect(said(refused)).toEqual([400, 'INVALID_REQUEST']);
    expect(refused.body['errors']).toMatchObject([{ path: 'body.sdp' }]);
    expect((await getRoom(roomId)).participants).toHaveLength(1);
  });

  it.each([
    ['a line that no SDP has', (sdp: string) => `${sdp}hello\r\n`],
    ['codecs without a name', (sdp: string) => sdp.replaceAll(/a=rtpmap.*\r\n/g, '')],
    ['a fingerprint that is none', (sdp: string) => sdp.replaceAll(/a=fingerprint.*/g, 'a=fingerprint:x')],
  ])('that LiveKit cannot take (%s) is the fault of who sent it', async (_what, spoil) => {
    const roomId = await aRoom();
    const refused = await signal({ token: people.guest.token, roomId, sdp: spoil(sending.sdp) });
    expect(said(refused)).toEqual([400, 'INVALID_REQUEST']);
  });

  it('may not be an answer, nor the next of a connection that stands', async () => {
    const roomId = await aRoom();
    const { token } = people.host;
    expect(said(await signal({ token, roomId, type: 'answer' }))).toEqual([409, 'CANNOT_RENEGOTIATE']);

    const first = await page.offer('twice', { send: ['audio'] });
    const opened = await signal({ token, roomId, peerId: 'twice', sdp: first.sdp });
    expect(opened.status).toBe(200);
    // The very same is a retry of one whose answer was lost.
    const retried = await signal({ token, roomId, peerId: 'twice', sdp: first.sdp });
    expect(retried.status).toBe(200);
    await page.answer('twice', (retried.body['sdp'] as unknown as { sdp: string }).sdp);
    const next = await page.offerAgain('twice');
    const refused = await signal({ token, roomId, peerId: 'twice', sdp: next.sdp });
    expect(said(refused)).toEqual([409, 'CANNOT_RENEGOTIATE']);
  });

  it('comes from at most eight connections of one user in a room', async () => {
    const roomId = await aRoom();
    const { token } = people.host;
    for (let peer = 0; peer < 8; peer += 1)
      expect((await signal({ token, roomId, peerId: `p${peer}` })).status).toBe(200);
    expect(said(await signal({ token, roomId, peerId: 'p8' }))).toEqual([409, 'TOO_MANY_PEERS']);
  });
});

describe('tracks that are asked for', () => {
  it('must be there: what is missing is named at once, and LiveKit is not asked', async () => {
    const { host, guest } = people;
    const [roomId, elsewhere] = await Promise.all([aRoom(), aRoom()]);
    await using client = await connect(await join(elsewhere, host.token));
    await using _ = await publishTone(client.room, 'tone');
    const asked = { token: guest.token, sdp: receiving.sdp };
    const subscribe = [{ identity: host.id, tracks: ['tone'] }];

    const began = performance.now();
    const missing = await signal({ ...asked, roomId, subscribe });
    expect(said(missing)).toEqual([404, 'NO_SUCH_TRACK']);
    expect(missing.body['detail']).toContain(`${host.id} has no track tone`);
    expect(missing.body['errors']).toMatchObject([{ path: 'body.subscribe.0.tracks.0' }]);
    expect(performance.now() - began).toBeLessThan(1_500);

    // It is there in the room where it is, and needs a line there.
    const there = await eventually(async () => {
      const answer = await signal({ ...asked, roomId: elsewhere, subscribe });
      expect(answer.status).toBe(200);
      return answer;
    });
    expect(there.body['tracks']).toMatchObject([{ identity: host.id, name: 'tone' }]);
    const deaf = await signal({ token: guest.token, roomId: elsewhere, peerId: 'deaf', subscribe });
    expect(said(deaf)).toEqual([400, 'INVALID_REQUEST']);
    expect(deaf.body['detail']).toContain('audio');
  }, 30_000);
});

describe('a session', () => {
  it("is its user's alone: for others it is not there", async () => {
    const { host, guest, stranger } = people;
    const [roomId, elsewhere] = await Promise.all([aRoom(), aRoom()]);
    for (const id of [roomId, elsewhere]) await join(id, guest.token);
    const opened = await signal({ token: host.token, roomId, peerId: 'mine' });
    expect(opened.status).toBe(200);

    expect(said(await trickle(guest.token, roomId, 'mine'))).toEqual([404, 'NO_SUCH_SESSION']);
    expect(said(await trickle(stranger.token, roomId, 'mine'))).toEqual([403, 'NO_SEAT']);
    expect(said(await trickle(host.token, elsewhere, 'mine'))).toEqual([404, 'NO_SUCH_SESSION']);
    expect(said(await trickle(host.token, roomId, 'another'))).toEqual([404, 'NO_SUCH_SESSION']);
    expect(said(await trickle(host.token, 'no-such-room', 'mine'))).toEqual([404, 'ROOM_NOT_FOUND']);
    expect(said(await leave(guest.token, opened))).toEqual([404, 'NO_SUCH_SESSION']);
    const path = `/whip/${elsewhere}/${opened.body['session_id']}`;
    expect(said(await call('DELETE', path, { token: host.token }))).toEqual([404, 'NO_SUCH_SESSION']);

    expect(said(await trickle(host.token, roomId, 'mine', { candidate: 'candidate:x' }))).toEqual([
      400,
      'INVALID_REQUEST',
    ]);
    expect((await trickle(host.token, roomId, 'mine')).status).toBe(200);
    expect((await leave(host.token, opened)).status).toBe(204);
    expect(said(await leave(host.token, opened))).toEqual([404, 'NO_SUCH_SESSION']);
  });

  it('of one who is kicked ends, and they do not get another', async () => {
    const { host, guest } = people;
    const roomId = await aRoom();
    const joined = await page.open({ token: guest.token, roomId, peerId: 'kicked', send: ['audio'] });
    expect(joined.refused).toBeNull();
    await eventually(async () => expect((await page.flow('kicked')).state).toBe('connected'));
    await call('POST', `/rooms/${roomId}/kick/${guest.id}`, { token: host.token });
    await eventually(async () => expect((await page.flow('kicked')).state).not.toBe('connected'), 20_000);
    expect(said(await trickle(guest.token, roomId, 'kicked'))).toEqual([403, 'KICKED']);
    expect(said(await signal({ token: guest.token, roomId, peerId: 'kicked' }))).toEqual([403, 'KICKED']);
  }, 40_000);

  it('ends with its room', async () => {
    const { host } = people;
    const roomId = await aRoom();
    await page.open({ token: host.token, roomId, peerId: 'ended', send: ['audio'] });
    await eventually(async () => expect((await page.flow('ended')).state).toBe('connected'));
    await call('DELETE', `/rooms/${roomId}`, { token: host.token });
    await eventually(async () => expect((await page.flow('ended')).state).not.toBe('connected'), 20_000);
    expect(said(await trickle(host.token, roomId, 'ended'))).toEqual([410, 'ROOM_ENDED']);
  }, 40_000);
});

describe('when LiveKit does not answer', () => {
  it('whoever offers hears so within five seconds', async () => {
    await using silent = await takenPort();
    await using lone = await startInstance({ LIVEKIT_URL: `http://127.0.0.1:${silent.port}` });
    const roomId = await aRoom();
    for (const sdp of [sending.sdp, receiving.sdp]) {
      const began = performance.now();
      const refused = await signal({ token: people.host.token, roomId, sdp, base: lone.api });
      expect(said(refused)).toEqual([503, 'LIVEKIT_UNAVAILABLE']);
      expect(refused.headers.get('retry-after')).toBe('2');
      expect(performance.now() - began).toBeLessThan(5_000);
    }
  }, 30_000);
});
