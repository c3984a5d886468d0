import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { SfuSession, SfuSessions } from '../../src/sfu/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Device } from './device.ts';
import { REFUSED, TRACKS } from './requests.ts';
import { cloudflareWorld, liveKitWorld, type World } from './worlds.ts';

/** What every SfuSessions does, whichever SFU is behind it. */

/** What a caller has of a session that it kept in its database. */
const kept = (session: SfuSession): SfuSession => JSON.parse(JSON.stringify(session)) as SfuSession;

describe.each([
  ['livekit', liveKitWorld as () => Promise<World>],
  ['cloudflare', cloudflareWorld],
] as const)('sessions at %s', (sfu, open) => {
  let world: World;
  let sessions: SfuSessions;

  const devices: Device[] = [];
  const pulling: SfuSession[] = [];

  beforeAll(async () => {
    world = await open();
    sessions = world.instance();
  });
  afterEach(async () => {
    await Promise.all(pulling.splice(0).map((session) => sessions.closeTracks(session, 'all')));
    await Promise.all(devices.splice(0).map((device) => device.close()));
  });
  afterAll(async () => {
    expect(world.faults()).toEqual([]);
    await world[Symbol.asyncDispose]();
  });

  async function aDevice(): Promise<Device> {
    const device = await world.device();
    devices.push(device);
    return device;
  }

  /** A session that publishes a voice and a face, once the SFU has both. */
  async function aPublisher(device?: Device): Promise<SfuSession> {
    const own = device ?? (await aDevice());
    const created = await sessions.createSession(await world.owner('phone'));
    const { session, answer } = await sessions.publishTracks(created, {
      offer: await own.offerMedia(),
      tracks: TRACKS,
    });
    await own.accept(answer);
    await eventually(async () => expect((await sessions.getSessionState(session)).tracks).toHaveLength(2));
    return session;
  }

  /** Asks for tracks as this SFU wants to be asked. */
  async function pull(session: SfuSession, names: readonly string[], from: string) {
    const device = await aDevice();
    const tracks = names.map((name) => ({ from, name }));
    const places = { audio: 1, video: 1 };
    const offer = sessions.can.renegotiates ? {} : { offer: await device.offerToReceive(places) };
    const pulled = await sessions.pullTracks(session, { tracks, ...offer });
    pulling.push(pulled.session);
    return { device, ...pulled };
  }

  describe('a new session', () => {
    it('is JSON that any instance goes on with, and holds no secret', async () => {
      const created = await sessions.createSession(await world.owner('phone'));
      expect(created).toMatchObject({ sfu });
      expect(created.id).not.toBe('');
      expect(kept(created)).toEqual(created);
      expect(JSON.stringify(created)).not.toMatch(/secret|eyJ/);
      expect(await world.instance().getSessionState(kept(created))).toEqual({ tracks: [] });
    });

    it('is another for each device', async () => {
      const owner = await world.owner();
      const [first, second] = [
        await sessions.createSession(owner),
        await sessions.createSession({ ...owner, device: 'tablet' }),
      ];
      expect(first.id).not.toBe(second.id);
    });
  });

  describe('publishing', () => {
    it('answers the offer, and the SFU has the tracks by the names they were given', async () => {
      const device = await aDevice();
      const created = await sessions.createSession(await world.owner('phone'));
      const published = await sessions.publishTracks(created, {
        offer: await device.offerMedia(),
        tracks: TRACKS,
      });
      expect(published.answer).toMatch(/^v=0/);
      expect(published.tracks).toEqual(TRACKS);
      await device.accept(published.answer);
      await eventually(async () => {
        const { tracks } = await world.instance().getSessionState(kept(published.session));
        expect(tracks.toSorted((a, b) => a.mid.localeCompare(b.mid))).toEqual(
          TRACKS.map((track) => ({ ...track, location: 'local', active: true })),
        );
      });
    });

    it.each(REFUSED)('refuses %s', async (_what, request) => {
      const device = await aDevice();
      const session = await sessions.createSession(await world.owner('phone'));
      const refused = sessions.publishTracks(session, request(await device.offerMedia()));
      await expect(refused).rejects.toMatchObject({ code: 'SFU_REFUSED' });
      expect(await sessions.getSessionState(session)).toEqual({ tracks: [] });
    });

    it('a second time is possible where the SFU renegotiates, and a clear error where it does not', async () => {
      const device = await aDevice();
      const session = await aPublisher();
      const again = sessions.publishTracks(session, {
        offer: await device.offerMedia(),
        tracks: [{ mid: '0', name: 'another voice' }],
      });
      if (sessions.can.renegotiates) await expect(again).resolves.toMatchObject({ session });
      else await expect(again).rejects.toMatchObject({ code: 'CANNOT_RENEGOTIATE' });
    });
  });

  describe('pulling', () => {
    it('gives each asked track a place in a description for the device', async () => {
      const publisher = await aPublisher();
      const session = await sessions.createSession(await world.owner('tv'));
      const pulled = await pull(session, ['my face', 'my voice'], publisher.id);

      expect(pulled.description?.type).toBe(sessions.can.renegotiates ? 'offer' : 'answer');
      expect(pulled.tracks).toMatchObject([
        { from: publisher.id, name: 'my face', mid: expect.any(String) },
        { from: publisher.id, name: 'my voice', mid: expect.any(String) },
      ]);
      expect(new Set(pulled.tracks.map(({ mid }) => mid)).size).toBe(2);
      const sdp = pulled.description?.sdp ?? '';
      if (sessions.can.renegotiates)
        await sessions.renegotiate(pulled.session, await pulled.device.answer(sdp));
      else await pulled.device.accept(sdp);

      const { tracks } = await world.instance().getSessionState(kept(pulled.session));
      expect(tracks.map(({ location, name, active }) => ({ location, name, active }))).toEqual([
        { location: 'remote', name: 'my face', active: true },
        { location: 'remote', name: 'my voice', active: true },
      ]);
    });

    it('a track that is not there fails alone, and at once', async () => {
      const publisher = await aPublisher();
      const session = await sessions.createSession(await world.owner('tv'));
      const began = performance.now();
      const { tracks, description } = await pull(session, ['my screen', 'my face'], publisher.id);
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(tracks).toMatchObject([{ fault: 'NOT_FOUND' }, { mid: expect.any(String) }]);
      expect(description).not.toBeNull();
    });

    it('of nothing that is there leaves the session as it was', async () => {
      const session = await sessions.createSession(await world.owner('tv'));
      const { tracks, description, session: after } = await pull(session, ['my face'], 'nobody');
      expect(tracks).toEqual([{ from: 'nobody', name: 'my face', fault: 'NOT_FOUND' }]);
      expect(description).toBeNull();
      expect(after).toEqual(session);
    });

    it('refuses none, one twice, and more than an SFU gives at once', async () => {
      const session = await sessions.createSession(await world.owner('tv'));
      const many = Array.from({ length: 65 }, (_, at) => `${at}`);
      for (const names of [[], ['a', 'a'], many])
        await expect(pull(session, names, 'nobody')).rejects.toMatchObject({ code: 'SFU_REFUSED' });
    });
  });

  describe('an answer to what was not offered', () => {
    it('is refused, as not possible at all where the SFU does not renegotiate', async () => {
      const session = await aPublisher();
      const device = await aDevice();
      await expect(sessions.renegotiate(session, await device.offerMedia())).rejects.toMatchObject({
        code: sessions.can.renegotiates ? 'SFU_REFUSED' : 'CANNOT_RENEGOTIATE',
      });
    });
  });

  describe('closing', () => {
    /** That nothing of the session is left. */
    async function expectEnded(session: SfuSession): Promise<void> {
      await eventually(async () => {
        const state = await sessions.getSessionState(session).catch(({ code }: { code: string }) => code);
        const ended = state === 'NO_SUCH_SESSION' || !JSON.stringify(state).includes('"active":true');
        expect(ended).toBe(true);
      });
    }

    it.each([
      ['all', 'all'],
      ['each of them', ['0', '1']],
    ] as const)(
      '%s takes the tracks away, for those who want them too; and may be done again',
      async (_what, mids) => {
        const publisher = await aPublisher();
        await world.instance().closeTracks(kept(publisher), mids);
        await expectEnded(publisher);
        const session = await sessions.createSession(await world.owner('tv'));
        const { tracks } = await pull(session, ['my face'], publisher.id);
        expect(tracks).toMatchObject([{ fault: 'NOT_FOUND' }]);
        await sessions.closeTracks(publisher, mids);
      },
    );

    it('some of them takes just these away where the SFU renegotiates, and is a clear error where not', async () => {
      const publisher = await aPublisher();
      const closing = sessions.closeTracks(publisher, ['1']);
      if (!sessions.can.renegotiates) {
        await expect(closing).rejects.toMatchObject({ code: 'CANNOT_RENEGOTIATE' });
        return;
      }
      await closing;
      const { tracks } = await sessions.getSessionState(publisher);
      expect(tracks.filter(({ active }) => active).map(({ name }) => name)).toEqual(['my voice']);
    });

    it('what was never there is no error', async () => {
      await sessions.closeTracks(await aPublisher(), ['77']);
      await sessions.closeTracks(await sessions.createSession(await world.owner('phone')), 'all');
    });
  });

  describe('a session that is over', () => {
    it('at the SFU is said to be', async () => {
      const session = await aPublisher();
      await world.forget(session);
      await eventually(async () => {
        const state = sessions.getSessionState(session);
        await expect(state).rejects.toMatchObject({ code: 'NO_SUCH_SESSION' });
      });
      await sessions.closeTracks(session, 'all');
    });

    it('because it is of the SFU that was configured before, is said to be', async () => {
      const created = await sessions.createSession(await world.owner('phone'));
      const foreign = { ...created, sfu: sfu === 'livekit' ? 'cloudflare' : 'livekit' } as const;
      const offer = await (await aDevice()).offerMedia();
      for (const work of [
        () => sessions.getSessionState(foreign),
        () => sessions.publishTracks(foreign, { offer, tracks: TRACKS }),
        () => sessions.pullTracks(foreign, { offer, tracks: [{ from: 'a', name: 'b' }] }),
        () => sessions.renegotiate(foreign, offer),
        () => sessions.closeTracks(foreign, 'all'),
      ])
        await expect(work()).rejects.toMatchObject({ code: 'NO_SUCH_SESSION' });
    });
  });

  it('while the SFU is away every call says so, within its time', async () => {
    const created = await sessions.createSession(await world.owner('phone'));
    const offer = await (await aDevice()).offerMedia();
    const began = performance.now();
    for (const work of [
      (away: SfuSessions) => away.getSessionState(created),
      (away: SfuSessions) => away.publishTracks(created, { offer, tracks: TRACKS }),
      (away: SfuSessions) => away.pullTracks(created, { offer, tracks: [{ from: 'a', name: 'b' }] }),
      (away: SfuSessions) => away.closeTracks(created, 'all'),
    ])
      await expect(work(world.away())).rejects.toMatchObject({ code: 'SFU_UNAVAILABLE' });
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
