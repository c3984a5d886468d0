import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/config/index.ts';
import { createCloudflareSessions } from '../../src/sfu/cloudflare/cloudflare-sessions.ts';
import type { SfuSessions } from '../../src/sfu/index.ts';
import { anOffer, audio, video } from '../support/an-offer.ts';
import { readableLogger } from '../support/readable-logger.ts';
import {
  APP_ID,
  APP_SECRET,
  type CloudflareServer,
  type Failure,
  startCloudflare,
} from './cloudflare-server.ts';

/** How Cloudflare fails, through a real server; what both SFUs have in common is in contract.test.ts. */

const owner = {
  room: { id: 'a-room', access: 'public' },
  participant: { userId: 'alice', name: 'Alice', role: 'PARTICIPANT' },
} as const;
const request = {
  offer: anOffer(audio, video),
  tracks: [
    { mid: '0', name: 'mic' },
    { mid: '1', name: 'cam' },
  ],
};
const reply = (status: number, headers: Record<string, string> = {}): Failure => ({
  status,
  headers,
  body: { errorCode: 'internal_error', errorDescription: 'Backend error' },
});

let server: CloudflareServer;
let sessions: SfuSessions;
let log: ReturnType<typeof readableLogger>;

beforeAll(async () => {
  server = await startCloudflare();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** Each test has a client of its own, whose breaker remembers nothing. */
const aClient = (settings: { appId?: string; secret?: string; timeout?: number } = {}): SfuSessions =>
  createCloudflareSessions({
    settings: {
      url: server.url,
      appId: settings.appId ?? APP_ID,
      appSecret: new Secret(settings.secret ?? APP_SECRET),
    },
    logger: log.logger,
    random: () => 0,
    timeout: settings.timeout ?? 300,
  });

beforeEach(() => {
  log = readableLogger();
  sessions = aClient();
});
afterEach(() => {
  server.recover();
  expect(server.faults).toEqual([]);
  server.calls.length = 0;
});

describe('Cloudflare, asked too often', () => {
  it('is asked again when it says so', async () => {
    server.failNext(reply(429, { 'retry-after': '1' }));
    const began = performance.now();
    await sessions.createSession(owner);
    expect(performance.now() - began).toBeGreaterThan(1_000);
    expect(server.calls).toHaveLength(2);
  });

  it('is not waited for long: the caller hears when to come back', async () => {
    server.failNext(reply(429, { 'retry-after': '60' }));
    const refused = sessions.createSession(owner);
    await expect(refused).rejects.toMatchObject({ code: 'SFU_BUSY', retryAfter: 60_000 });
    expect(server.calls).toHaveLength(1);
  });

  it('is given up after three times', async () => {
    server.failAlways(reply(429));
    await expect(sessions.createSession(owner)).rejects.toMatchObject({ code: 'SFU_BUSY' });
    expect(server.calls).toHaveLength(3);
  });
});

describe('Cloudflare, failing', () => {
  it('is asked again after a 5xx, for tracks too', async () => {
    const session = await sessions.createSession(owner);
    server.failNext(reply(500), reply(503));
    const { tracks } = await sessions.publishTracks(session, request);
    expect(tracks.map(({ fault }) => fault)).toEqual([undefined, undefined]);
    expect(server.calls).toHaveLength(4);
  });

  it.each<[string, Failure]>([
    ['says nothing', 'hang'],
    ['cuts the connection', 'cut'],
    ['says what cannot be read', 'garbage'],
  ])('is not given the same offer twice when it %s', async (_what, failure) => {
    const session = await sessions.createSession(owner);
    server.failNext(failure);
    const refused = sessions.publishTracks(session, request);
    await expect(refused).rejects.toMatchObject({ code: 'SFU_UNAVAILABLE' });
    expect(server.calls).toHaveLength(2);
    // It may have done it, which the state tells.
    expect(await sessions.getSessionState(session)).toEqual({ tracks: [] });
  });

  it.each<[string, Failure]>([
    ['says nothing', 'hang'],
    ['cuts the connection', 'cut'],
    ['says what cannot be read', 'garbage'],
  ])('is asked again for what may be done twice when it %s', async (_what, failure) => {
    server.failNext(failure);
    await expect(sessions.createSession(owner)).resolves.toMatchObject({ sfu: 'cloudflare' });
  });

  it('is left alone for a while after five times in a row', async () => {
    server.failAlways(reply(503));
    await expect(sessions.createSession(owner)).rejects.toMatchObject({ code: 'SFU_UNAVAILABLE' });
    await expect(sessions.createSession(owner)).rejects.toMatchObject({ code: 'SFU_UNAVAILABLE' });
    server.recover();
    const refused = sessions.createSession(owner);
    await expect(refused).rejects.toMatchObject({ code: 'SFU_UNAVAILABLE', retryAfter: 10_000 });
    expect(server.calls).toHaveLength(5);
    expect(log.lines().map(({ event }) => event)).toContain('cloudflare.circuit.open');
  });
});

describe('a track that fails', () => {
  it('fails alone inside an answer that succeeds', async () => {
    const publisher = await sessions.createSession(owner);
    await sessions.publishTracks(publisher, request);
    const puller = await sessions.createSession(owner);
    const { tracks, description } = await sessions.pullTracks(puller, {
      tracks: [
        { from: publisher.id, name: 'screen' },
        { from: publisher.id, name: 'cam' },
      ],
    });
    expect(description?.type).toBe('offer');
    expect(tracks).toEqual([
      { from: publisher.id, name: 'screen', fault: 'NOT_FOUND' },
      { from: publisher.id, name: 'cam', mid: '0' },
    ]);
  });

  it('has the reason that Cloudflare gives for it', async () => {
    const session = await sessions.createSession(owner);
    server.failNext({
      status: 200,
      body: {
        sessionDescription: { type: 'answer', sdp: anOffer(audio) },
        tracks: [
          { trackName: 'cam', mid: '1', errorCode: 'internal_error', errorDescription: 'Backend error' },
          { trackName: 'mic', mid: '0' },
        ],
      },
    });
    const { tracks } = await sessions.publishTracks(session, request);
    expect(tracks).toEqual([
      { name: 'mic', mid: '0' },
      { name: 'cam', mid: '1', fault: 'FAILED' },
    ]);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ event: 'cloudflare.track.failed', errorCode: 'internal_error' }),
    );
  });
});

describe('the app secret', () => {
  it('that is wrong is our fault, not the caller’s, and the log says so', async () => {
    const client = aClient({ secret: 'another-secret-altogether' });
    await expect(client.createSession(owner)).rejects.toMatchObject({ code: 'SFU_UNAVAILABLE' });
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'cloudflare.settings', errorCode: 'unauthorized' }),
    );
    expect(server.calls).toHaveLength(1);
  });

  it('is in no error and no line of the log, even if the server repeats it', async () => {
    const secret = 'another-secret-altogether';
    const thrown: unknown[] = [];
    const client = aClient({ secret });
    for (const failure of [null, 'hang', 'cut', 'garbage', reply(400), reply(410), reply(500)] as const) {
      if (failure !== null) server.failAlways(failure);
      await client.createSession(owner).catch((error: unknown) => thrown.push(error));
      server.recover();
    }
    const said = inspect([thrown, log.lines(), client], { depth: 12, showHidden: true });
    expect(thrown).toHaveLength(7);
    expect(said).toContain('[secret]');
    expect(said).not.toContain(secret);
  });

  it('goes to no other address that an answer names', async () => {
    server.failAlways({ status: 307, headers: { location: `${server.url}/elsewhere` }, body: {} });
    await expect(sessions.createSession(owner)).rejects.toMatchObject({ code: 'SFU_UNAVAILABLE' });
    expect(server.calls.filter((path) => path.includes('elsewhere'))).toEqual([]);
  });
});
