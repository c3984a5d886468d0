import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as livekit from 'livekit-client';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { newRoom } from '../support/client.ts';
import { newPerson } from '../support/keycloak.ts';
import { api, output } from '../support/stack.ts';

const sdk = join(import.meta.dirname, '../../node_modules/livekit-client/dist/livekit-client.umd.js');

declare const LivekitClient: typeof livekit;

describe("livekit-client's endpoint token source, in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  }, 120_000);
  afterAll(() => browser.close());

  /**
   * A page of the origin that may call the API, with LiveKit's SDK in it. It is a real page of the gateway: one that
   * the test made up counts as public, and Chromium lets no public page call a server on this machine.
   */
  async function openPage() {
    const page = await browser.newPage({ bypassCSP: true });
    await page.goto(`${output('PUBLIC_URL')}/info`);
    await page.addScriptTag({ path: sdk });
    return page;
  }

  it.each([
    ['the join of a room', (roomId: string) => `${api}/rooms/${roomId}/join`],
    ['one address for every room', () => `${api}/token`],
  ])(
    'works against %s as it is, and the client is in',
    async (_name, urlOf) => {
      const [host, guest] = await Promise.all([newPerson(), newPerson()]);
      const room = await newRoom(host.token);
      const page = await openPage();
      const seen = await page.evaluate(
        async ({ url, token, roomName }) => {
          const source = LivekitClient.TokenSource.endpoint(url, {
            headers: { authorization: `Bearer ${token}` },
          });
          const options = {
            roomName,
            participantName: 'Somebody Else',
            participantAttributes: { colour: 'green' },
          };
          const { serverUrl, participantToken } = await source.fetch(options);
          const client = new LivekitClient.Room();
          await client.connect(serverUrl, participantToken);
          const { identity, name, attributes } = client.localParticipant;
          await client.localParticipant.setMicrophoneEnabled(true);
          const published = [...client.localParticipant.trackPublications.values()].map(
            ({ source: from }) => from,
          );
          const state = client.state;
          await client.disconnect();
          return { state, room: client.name, identity, name, colour: attributes['colour'], published };
        },
        { url: urlOf(room.id), token: guest.token, roomName: room.id },
      );
      expect(seen).toEqual({
        state: 'connected',
        room: room.id,
        identity: guest.id,
        name: 'guest Test',
        colour: 'green',
        published: ['microphone'],
      });
      await page.close();
    },
    60_000,
  );

  it('hears of a refusal', async () => {
    const [host, guest] = await Promise.all([newPerson(), newPerson()]);
    const room = await newRoom(host.token, { access: 'private' });
    const page = await openPage();
    const failure = page.evaluate(
      async ({ url, token }) => {
        const source = LivekitClient.TokenSource.endpoint(url, {
          headers: { authorization: `Bearer ${token}` },
        });
        await source.fetch({});
      },
      { url: `${api}/rooms/${room.id}/join`, token: guest.token },
    );
    await expect(failure).rejects.toThrow(/403|NOT_INVITED/);
    await page.close();
  });
});
