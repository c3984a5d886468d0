import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { join, newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { output } from '../support/stack.ts';

/** What LiveKit takes (livekit.yaml, `enabled_codecs`), asked by its WHIP with offers that a browser really makes. */

/** An offer to send a picture, by these codecs alone. As text: these tests are compiled without the DOM. */
const OFFER = `async (names) => {
  const peer = new RTCPeerConnection();
  const canvas = document.createElement('canvas');
  canvas.getContext('2d').fillRect(0, 0, 10, 10);
  const [track] = canvas.captureStream(5).getVideoTracks();
  const transceiver = peer.addTransceiver(track, { direction: 'sendonly' });
  const { codecs } = RTCRtpSender.getCapabilities('video');
  transceiver.setCodecPreferences(names.flatMap((name) => codecs.filter(({ mimeType }) => mimeType === name)));
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
}`;

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage();
  await page.goto(`${output('PUBLIC_URL')}/config.json`);
}, 60_000);
afterAll(() => browser?.close());

/** The status of LiveKit's answer, and by which codecs it takes the picture. */
async function publish(...names: readonly string[]): Promise<{ status: number; codecs: readonly string[] }> {
  const { token } = await newPerson();
  const { participant_token } = await join((await newRoom(token)).id, token);
  const offer = await page.evaluate(`(${OFFER})(${JSON.stringify(names)})`);
  expect(String(offer)).toContain(names[0]?.replace('video/', ' '));
  const answer = await fetch(`${output('LIVEKIT_URL')}/whip/v1`, {
    method: 'POST',
    headers: { authorization: `Bearer ${participant_token}`, 'content-type': 'application/sdp' },
    body: String(offer),
    signal: AbortSignal.timeout(10_000),
  });
  const codecs = [...(await answer.text()).matchAll(/^a=rtpmap:\d+ (\w+)\//gm)].map(
    ([, codec = '']) => codec,
  );
  return { status: answer.status, codecs: [...new Set(codecs)] };
}

describe("LiveKit's codecs", () => {
  it.each(['VP8', 'H264'])('include %s', async (codec) => {
    expect(await publish(`video/${codec}`)).toEqual({ status: 201, codecs: [codec] });
  });

  // It strikes the picture from the offer and finds nothing left to answer: 503 in LiveKit 1.11.
  it.each(['VP9', 'AV1'])('do not include %s: who offers nothing else is not let in', async (codec) => {
    expect(await publish(`video/${codec}`)).toEqual({ status: 503, codecs: [] });
  });

  it('are what a browser is brought to that would rather send another', async () => {
    expect(await publish('video/VP9', 'video/AV1', 'video/VP8')).toEqual({ status: 201, codecs: ['VP8'] });
  });
});
