import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { join, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { output } from '../support/stack.ts';

/** A browser with nothing but `RTCPeerConnection`, which may use nothing but a relay. */

/** The type of every candidate that a connection finds with these servers. As text: these tests are compiled without the DOM. */
const GATHER = `async (iceServers) => {
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' });
  const found = [];
  const done = new Promise((resolve) => {
    peer.onicecandidate = ({ candidate }) => (candidate ? found.push(candidate.type) : resolve());
  });
  peer.createDataChannel('any');
  await peer.setLocalDescription();
  await done;
  peer.close();
  return found;
}`;

/** What one connection says to another, both behind their relays. */
const TALK = `async (iceServers) => {
  const settings = { iceServers, iceTransportPolicy: 'relay' };
  const [one, two] = [new RTCPeerConnection(settings), new RTCPeerConnection(settings)];
  const heard = new Promise((resolve) => {
    two.ondatachannel = ({ channel }) => (channel.onmessage = ({ data }) => resolve(data));
  });
  const channel = one.createDataChannel('any');
  channel.onopen = () => channel.send('through both relays');
  const complete = (peer) => new Promise((resolve) => {
    peer.onicecandidate = ({ candidate }) => candidate ?? resolve();
  });
  const gathered = [complete(one), complete(two)];
  await one.setLocalDescription();
  await gathered[0];
  await two.setRemoteDescription(one.localDescription);
  await two.setLocalDescription();
  await gathered[1];
  await one.setRemoteDescription(two.localDescription);
  return heard;
}`;

/** Offers a picture to whoever answers, from behind a relay. */
const OFFER = `async (iceServers) => {
  const peer = (window.peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }));
  const canvas = document.createElement('canvas');
  canvas.getContext('2d').fillRect(0, 0, 10, 10);
  peer.addTransceiver(canvas.captureStream(5).getVideoTracks()[0], { direction: 'sendonly' });
  const gathered = new Promise((resolve) => {
    peer.onicecandidate = ({ candidate }) => candidate ?? resolve();
  });
  await peer.setLocalDescription();
  await gathered;
  return peer.localDescription.sdp;
}`;

/** Takes the answer. Resolves to the pair that the connection goes by. */
const ANSWER = `async (sdp) => {
  await window.peer.setRemoteDescription({ type: 'answer', sdp });
  while (window.peer.connectionState !== 'connected') await new Promise((resolve) => setTimeout(resolve, 50));
  const { selectedCandidatePairId } = [...(await window.peer.getStats()).values()].find(({ type }) => type === 'transport');
  const stats = await window.peer.getStats();
  const { localCandidateId } = stats.get(selectedCandidatePairId);
  return stats.get(localCandidateId).candidateType;
}`;

let browser: Browser;
let page: Page;
let iceServers: readonly object[];
let livekitToken: string;

beforeAll(async () => {
  const { token } = await newPerson();
  const joined = await join((await newRoom(token)).id, token);
  iceServers = joined.iceServers;
  livekitToken = joined.participant_token;
  browser = await openBrowser();
  page = await browser.newPage();
  await page.goto(`${output('PUBLIC_URL')}/config.json`);
}, 60_000);
afterAll(() => browser?.close());

const inPage = <T>(script: string, given: readonly object[] | string): Promise<T> =>
  page.evaluate(`(${script})(${JSON.stringify(given)})`) as Promise<T>;

describe('Chromium that may only relay', () => {
  it.each(output('TURN_URLS').split(','))(
    'finds a relay at %s with the credentials of a join',
    async (url) => {
      const [server] = iceServers;
      expect(server).toMatchObject({ urls: expect.arrayContaining([url]) });
      expect(await inPage(GATHER, [{ ...server, urls: [url] }])).toContain('relay');
    },
  );

  it('reaches another that may only relay', async () => {
    expect(await inPage(TALK, iceServers)).toBe('through both relays');
  });

  it('reaches LiveKit', async () => {
    const answer = await fetch(`${output('LIVEKIT_URL')}/whip/v1`, {
      method: 'POST',
      headers: { authorization: `Bearer ${livekitToken}`, 'content-type': 'application/sdp' },
      body: await inPage<string>(OFFER, iceServers),
      signal: AbortSignal.timeout(10_000),
    });
    expect(answer.status).toBe(201);
    expect(await inPage(ANSWER, await answer.text())).toBe('relay');
  });

  it('finds none with credentials that somebody made up', async () => {
    const madeUp = iceServers.map((server) => ({ ...server, credential: 'made up' }));
    expect(await inPage(GATHER, madeUp)).toEqual([]);
  });
});
