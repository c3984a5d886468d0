import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TrackKind } from '@livekit/rtc-node';
import type { Browser } from 'playwright-core';
import { openPeerPage, type PeerPage } from '../support/bare-peer.ts';
import { openBrowser } from '../support/browser.ts';
import { call, getRoom, join, newRoom } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { framesOf, publishTone } from '../support/sounds.ts';
import { instanceApis, output } from '../support/stack.ts';

/** Chromium with `RTCPeerConnection` and `fetch` alone, in rooms of the real LiveKit. */

let browser: Browser;
let page: PeerPage;
beforeAll(async () => {
  browser = await openBrowser();
  page = await openPeerPage(browser);
});
afterAll(() => browser.close());

async function aMeeting(input: Record<string, unknown> = {}) {
  const [host, guest] = await Promise.all([newPerson('host'), newPerson('guest')]);
  const room = await newRoom(host.token, input);
  return { host, guest, roomId: room.id };
}

const connected = (peerId: string, on = page) =>
  eventually(async () => expect((await on.flow(peerId)).state).toBe('connected'));
const connectionsIn = async (roomId: string): Promise<number> => (await getRoom(roomId)).participants.length;

const answerIn = (body: Record<string, unknown>): string => (body['sdp'] as { sdp: string }).sdp;

describe('a peer without an SDK', () => {
  it('and a client with one see and hear each other', async () => {
    const { host, guest, roomId } = await aMeeting();
    await using client = await connect(await join(roomId, host.token));
    await using tone = await publishTone(client.room, 'tone');
    const heard = framesOf(client.room);

    const joined = await page.open({
      token: guest.token,
      roomId,
      peerId: 'kiosk',
      send: ['audio', 'video'],
      receive: { audio: 1 },
      subscribe: [{ identity: host.id, tracks: ['tone'] }],
    });
    expect(joined).toMatchObject({ refused: null, tracks: [{ identity: host.id, name: 'tone' }] });
    await connected('kiosk');

    const mid = joined.tracks[0]?.mid ?? '';
    await eventually(async () => {
      const flow = await page.flow('kiosk');
      expect(flow.byMid[mid]).toBeGreaterThan(50);
      expect(flow.sent).toBeGreaterThan(100);
    });
    await eventually(() => {
      expect(heard.of(`${guest.id}~kiosk`, TrackKind.KIND_VIDEO)).toBeGreaterThan(10);
      expect(heard.of(`${guest.id}~kiosk`, TrackKind.KIND_AUDIO)).toBeGreaterThan(50);
    });

    // One participant and one seat, whichever door they came by.
    const { participants } = await getRoom(roomId);
    expect(participants.map(({ userId }) => userId).toSorted()).toEqual([host.id, guest.id].toSorted());
    expect(tone.sent()).toBeGreaterThan(0);
    await page.leave('kiosk');
  }, 60_000);

  it('and another see and hear each other, with every candidate sent by itself', async () => {
    const { host, guest, roomId } = await aMeeting();
    await page.open({ token: host.token, roomId, peerId: 'a', send: ['audio', 'video'] });
    await connected('a');
    // A track is there once its first packets are.
    const joined = await eventually(async () => {
      const answered = await page.open({
        token: guest.token,
        roomId,
        peerId: 'b',
        receive: { audio: 1, video: 1 },
        subscribe: [{ identity: `${host.id}~a`, tracks: ['camera', 'microphone'] }],
      });
      expect(answered.tracks).toHaveLength(2);
      return answered;
    });
    await eventually(async () => {
      const { byMid } = await page.flow('b');
      for (const { mid } of joined.tracks) expect(byMid[mid]).toBeGreaterThan(10);
    });
    await page.leave('a');
    await page.leave('b');
  }, 60_000);

  it('gets what it asks for, of all that the room has, and nothing that it did not ask for', async () => {
    const { host, guest, roomId } = await aMeeting();
    const senders = [
      { token: host.token, peerId: 'one', identity: `${host.id}~one` },
      { token: host.token, peerId: 'two', identity: `${host.id}~two` },
    ];
    for (const { token, peerId } of senders) {
      await page.open({ token, roomId, peerId, send: ['audio', 'video'] });
      await connected(peerId);
    }
    const open = (subscribe: { identity: string; tracks: string[] }[]) =>
      page.open({ token: guest.token, roomId, peerId: 'eye', receive: { audio: 1, video: 1 }, subscribe });
    // One line of each kind: there is no place for what comes first by chance.
    for (const { identity } of [...senders, ...senders]) {
      // A track is there once its first packets are.
      const joined = await eventually(async () => {
        const answered = await open([{ identity, tracks: ['microphone', 'camera'] }]);
        expect(answered.refused).not.toBe('NO_SUCH_TRACK');
        return answered;
      });
      expect(joined).toMatchObject({ refused: null, tracks: [{ identity }, { identity }] });
    }
    await eventually(async () => expect((await page.flow('eye')).byMid['1']).toBeGreaterThan(10));
    expect(await open([])).toMatchObject({ refused: null, tracks: [] });
    for (const { peerId } of senders) await page.leave(peerId);
  }, 60_000);

  it('is another device of the participant who is in with an SDK: both stay, and go one by one', async () => {
    const { host, guest, roomId } = await aMeeting();
    await join(roomId, host.token);
    await using client = await connect(await join(roomId, guest.token));
    await page.open({ token: guest.token, roomId, peerId: 'second', send: ['audio'] });
    await connected('second');
    expect(client.room.isConnected).toBe(true);
    expect(await connectionsIn(roomId)).toBe(2);

    await page.leave('second');
    await eventually(() => expect(client.room.remoteParticipants.has(`${guest.id}~second`)).toBe(false));
    expect(client.room.isConnected).toBe(true);
    expect((await getRoom(roomId)).participants.map(({ userId }) => userId)).toContain(guest.id);
  }, 60_000);

  it('that opens another connection has it in place of the first', async () => {
    const { host, roomId } = await aMeeting();
    await page.open({ token: host.token, roomId, peerId: 'again', send: ['audio'] });
    await connected('again');
    await using other = await openPeerPage(browser);
    expect(
      (await other.open({ token: host.token, roomId, peerId: 'again', send: ['audio'] })).refused,
    ).toBeNull();
    await connected('again', other);
    await eventually(async () => expect((await page.flow('again')).state).not.toBe('connected'), 20_000);
    // LiveKit's news that the first is gone does not touch the second.
    await other.leave('again');
  }, 60_000);

  it('is opened at one instance and ended at the other', async () => {
    const { host, roomId } = await aMeeting();
    const [first = '', second = ''] = instanceApis;
    const { sdp, candidates } = await page.offer('far', { send: ['audio'] });
    const room = { room_id: roomId, peer_id: 'far' };
    const opened = await call('POST', '/video/signal', {
      token: host.token,
      base: first,
      body: { ...room, type: 'offer', sdp },
    });
    expect(opened.status).toBe(200);
    await page.answer('far', answerIn(opened.body));
    for (const candidate of candidates) {
      const added = await call('POST', '/video/ice', {
        token: host.token,
        base: second,
        body: { ...room, candidate },
      });
      expect([added.status, added.body]).toEqual([200, { status: 'ok' }]);
    }
    await connected('far');
    const path = `/video/signal/${opened.body['session_id']}`;
    expect((await call('DELETE', path, { token: host.token, base: second })).status).toBe(204);
    await eventually(async () => expect((await page.flow('far')).state).not.toBe('connected'), 20_000);
    expect((await call('DELETE', path, { token: host.token, base: first })).status).toBe(404);
  }, 60_000);

  it('answers at the bare paths of seed 003 too', async () => {
    const { host, roomId } = await aMeeting();
    const base = output('PUBLIC_URL');
    const { sdp, candidates } = await page.offer('bare', { send: ['audio'] });
    const room = { room_id: roomId, peer_id: 'bare' };
    const asked = { token: host.token, base };
    const opened = await call('POST', '/video/signal', { ...asked, body: { ...room, type: 'offer', sdp } });
    expect(opened.status).toBe(200);
    const added = await call('POST', '/video/ice', { ...asked, body: { ...room, candidate: candidates[0] } });
    expect(added.status).toBe(200);
    expect((await call('DELETE', `/video/signal/${opened.body['session_id']}`, asked)).status).toBe(204);
  }, 30_000);
});

describe('a peer that fails', () => {
  it('leaves by itself, and is forgotten: who was in with nothing else loses their seat', async () => {
    const { host, guest, roomId } = await aMeeting();
    await using client = await connect(await join(roomId, host.token));
    await using lost = await openPeerPage(browser);
    const { sdp } = await lost.offer('lost', { send: ['audio'], gather: true });
    const room = { room_id: roomId, peer_id: 'lost' };
    const opened = await call('POST', '/video/signal', {
      token: guest.token,
      body: { ...room, type: 'offer', sdp },
    });
    await lost.answer('lost', answerIn(opened.body));
    await connected('lost', lost);
    await eventually(() => expect(client.room.remoteParticipants.has(`${guest.id}~lost`)).toBe(true));
    await lost.close();

    // ICE takes LiveKit half a minute to give up on one who fell silent; then the seat has its grace.
    await eventually(
      () => expect(client.room.remoteParticipants.has(`${guest.id}~lost`)).toBe(false),
      60_000,
    );
    await eventually(async () => {
      const gone = await call('DELETE', `/video/signal/${opened.body['session_id']}`, { token: guest.token });
      expect([gone.status, gone.body['code']]).toEqual([404, 'NO_SUCH_SESSION']);
    });
    await eventually(
      async () => expect((await getRoom(roomId)).participants.map(({ userId }) => userId)).toEqual([host.id]),
      30_000,
    );
  }, 150_000);
});
