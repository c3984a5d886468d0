import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AudioFrame,
  AudioSource,
  type RemoteTrack as HeardTrack,
  LocalAudioTrack,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoStream,
} from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import type { PullRequest, SfuSession, SfuSessions } from '../../src/sfu/index.ts';
import { join } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { newPerson } from '../support/keycloak.ts';
import { connect } from '../support/livekit-client.ts';
import { output } from '../support/stack.ts';
import type { BrowserDevice } from './device.ts';
import { liveKitWorld } from './worlds.ts';

/** That what the port negotiates carries media: a bare RTCPeerConnection in Chromium, through the real LiveKit. */

const client = new RoomServiceClient(
  output('LIVEKIT_URL'),
  output('LIVEKIT_API_KEY'),
  output('LIVEKIT_API_SECRET'),
);
let world: Awaited<ReturnType<typeof liveKitWorld>>;
let sessions: SfuSessions;
const devices: BrowserDevice[] = [];
const pulling: SfuSession[] = [];

beforeAll(async () => {
  world = await liveKitWorld();
  sessions = world.instance();
});
afterAll(() => world[Symbol.asyncDispose]());
afterEach(async () => {
  await Promise.all(pulling.splice(0).map((session) => sessions.closeTracks(session, 'all')));
  await Promise.all(devices.splice(0).map((device) => device.close()));
});

async function aDevice(): Promise<BrowserDevice> {
  const device = await world.device();
  devices.push(device);
  return device;
}

async function aPublisher(): Promise<SfuSession> {
  const device = await aDevice();
  const created = await sessions.createSession(await world.owner('phone'));
  const { session, answer } = await sessions.publishTracks(created, {
    offer: await device.offerMedia(),
    tracks: [
      { mid: '0', name: 'voice' },
      { mid: '1', name: 'face' },
    ],
  });
  await device.accept(answer);
  await eventually(async () => expect((await sessions.getSessionState(session)).tracks).toHaveLength(2));
  return session;
}

/** What a session of its own gets of `tracks`, and the device of it. */
async function pull(tracks: PullRequest['tracks'], places: { audio: number; video: number }) {
  const device = await aDevice();
  const created = await sessions.createSession(await world.owner('tv'));
  const offer = await device.offerToReceive(places);
  const pulled = await sessions.pullTracks(created, { tracks, offer });
  pulling.push(pulled.session);
  return { device, ...pulled };
}

async function framesOf(track: HeardTrack, count: number): Promise<number> {
  let frames = 0;
  for await (const _ of new VideoStream(track)) {
    frames += 1;
    if (frames >= count) break;
  }
  return frames;
}

/** LiveKit 1.11 may lock up a room in which a peer by WHIP is sent what others publish (docs/decisions/0018). */
describe('a session that publishes', () => {
  it('is sent nothing, and stays so when its owner becomes host', async () => {
    const { id, owner } = await aPublisher();
    await world.livekit.setRole(owner.room, owner.participant.userId, 'HOST');
    const { permission, attributes } = await client.getParticipant(world.roomId, id);
    expect(attributes).toMatchObject({ role: 'HOST' });
    expect(permission).toMatchObject({ canPublish: true, canSubscribe: false });
  });
});

describe('media', () => {
  it('of a session is seen by somebody with an SDK', async () => {
    const person = await newPerson();
    await using viewer = await connect(await join(world.roomId, person.token));
    const seen = new Promise<HeardTrack>((resolve) => {
      viewer.room.on(RoomEvent.TrackSubscribed, (track) => {
        if (track.kind === TrackKind.KIND_VIDEO) resolve(track);
      });
      viewer.room.on(RoomEvent.TrackPublished, (publication) => publication.setSubscribed(true));
    });
    await aPublisher();
    expect(await framesOf(await seen, 20)).toBe(20);
  });

  it('of a session reaches the session that pulls it, on the sections that it is told', async () => {
    const { id } = await aPublisher();
    const { device, description, tracks } = await pull(
      [
        { from: id, name: 'face' },
        { from: id, name: 'voice' },
      ],
      { audio: 1, video: 1 },
    );
    await device.accept(description?.sdp ?? '');
    for (const { mid = '', fault } of tracks) {
      expect(fault).toBeUndefined();
      await eventually(async () => expect(await device.framesOn(mid)).toBeGreaterThan(20));
    }
  });

  it('for which the offer has no place left is said to have none', async () => {
    const [first, second] = [await aPublisher(), await aPublisher()];
    const asked = [first, second].map(({ id }) => ({ from: id, name: 'face' }));
    const { tracks, description } = await pull(asked, { audio: 0, video: 1 });
    expect(description?.type).toBe('answer');
    expect(tracks.some(({ fault }) => fault === 'NO_PLACE')).toBe(true);
  });

  it('that somebody with an SDK publishes is pulled by what it is', async () => {
    const person = await newPerson();
    await using speaker = await connect(await join(world.roomId, person.token));
    const source = new AudioSource(48_000, 1);
    const track = LocalAudioTrack.createAudioTrack('', source);
    const options = new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE });
    await speaker.room.localParticipant?.publishTrack(track, options);
    const speaking = setInterval(() => {
      source.captureFrame(new AudioFrame(new Int16Array(480).fill(1_000), 48_000, 1, 480)).catch(() => {});
    }, 10);
    try {
      const { device, description, tracks } = await pull([{ from: person.id, name: 'microphone' }], {
        audio: 1,
        video: 0,
      });
      await device.accept(description?.sdp ?? '');
      await eventually(async () => expect(await device.framesOn(tracks[0]?.mid ?? '')).toBeGreaterThan(20));
    } finally {
      clearInterval(speaking);
    }
  });
});
