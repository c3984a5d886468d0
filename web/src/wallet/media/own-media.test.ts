import { describe, expect, it } from '@jest/globals';
import { createOwnMedia } from './own-media.ts';

class ATrack {
  isStopped = false;
  stop(): void {
    this.isStopped = true;
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

function world() {
  const given: ATrack[] = [];
  const faults: { audio?: string; video?: string } = {};
  const media = createOwnMedia({
    async getUserMedia({ audio } = {}) {
      const fault = faults[audio ? 'audio' : 'video'];
      if (fault) throw new DOMException('No.', fault);
      const track = new ATrack();
      given.push(track);
      return { getTracks: () => [track] } as unknown as MediaStream;
    },
  });
  return { media, given, faults, state: media.store.get };
}

describe('microphone and camera', () => {
  it('come on together, and one that fails says why', async () => {
    const { media, faults, state } = world();
    faults.video = 'NotReadableError';
    media.start();
    await settle();
    expect(state().microphone).toMatchObject({ on: true, track: expect.any(ATrack), failure: null });
    expect(state().camera).toEqual({ on: false, track: null, failure: 'DeviceInUse' });
  });

  it.each([
    ['NotAllowedError', 'PermissionDenied'],
    ['NotFoundError', 'NotFound'],
    ['TypeError', 'Other'],
  ])('%s is %s', async (name, failure) => {
    const { media, faults, state } = world();
    faults.audio = name;
    media.start();
    await settle();
    expect(state().microphone.failure).toBe(failure);
  });

  it('are released when they are off, and are others when they are on again', async () => {
    const { media, given, state } = world();
    media.start();
    await settle();
    media.toggle('camera');
    expect([given[1]?.isStopped, state().camera.track]).toEqual([true, null]);
    media.toggle('camera');
    await settle();
    expect([state().camera.on, state().camera.track]).toEqual([true, given[2]]);
    media.stop();
    expect(given.map(({ isStopped }) => isStopped)).toEqual([true, true, true]);
  });

  it('that come when they are not wanted any more are released', async () => {
    const { media, given, state } = world();
    media.start();
    media.stop();
    await settle();
    expect(given.map(({ isStopped }) => isStopped)).toEqual([true, true]);
    expect(state()).toEqual({
      microphone: { on: false, track: null, failure: null },
      camera: { on: false, track: null, failure: null },
    });
  });

  it('are not there where the browser knows of none', async () => {
    const media = createOwnMedia(undefined);
    media.start();
    await settle();
    expect(media.store.get().camera.failure).toBe('NotFound');
  });
});
