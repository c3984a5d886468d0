import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { choicesOfLastTime, keepChoices, nowIn, wasIn } from './choices.ts';

const usual = { microphone: true, camera: true, microphoneId: '', cameraId: '', speakerId: '' };

/** As the browser's own. */
function aStorage(kept = new Map<string, string>()) {
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}
const lastTime = (kept: string) => choicesOfLastTime({ getItem: () => kept });

describe('what someone brings into a room', () => {
  it('is microphone and camera, the first time', () => {
    expect(choicesOfLastTime(aStorage())).toEqual(usual);
  });

  it('is as last time', () => {
    const storage = aStorage();
    const chosen = { microphone: false, camera: false, microphoneId: 'm', cameraId: 'c', speakerId: 's' };
    keepChoices(chosen, storage);
    expect(choicesOfLastTime(storage)).toEqual(chosen);
  });

  it.each(['', 'not JSON', 'null', '7', '"text"', '[]', '[false]'])(
    'is the usual when %j was kept',
    (kept) => {
      expect(lastTime(kept)).toEqual(usual);
    },
  );

  it('is the usual when nothing may be kept in this browser', () => {
    const getItem = () => {
      throw new DOMException('not allowed', 'SecurityError');
    };
    expect(choicesOfLastTime({ getItem })).toEqual(usual);
  });

  it('takes over only what it knows, each of its own kind', () => {
    const kept = { camera: false, microphone: 'false', cameraId: 7, speakerId: null, volume: 3 };
    expect(lastTime(JSON.stringify(kept))).toEqual({ ...usual, camera: false });
  });
});

describe('a tab', () => {
  beforeEach(() => void Object.assign(globalThis, { sessionStorage: aStorage() }));
  afterEach(() => void Reflect.deleteProperty(globalThis, 'sessionStorage'));

  it('knows which room it was in when it was loaded anew, until it is in none', () => {
    expect(wasIn('a-room')).toBe(false);
    nowIn('a-room');
    expect([wasIn('a-room'), wasIn('another')]).toEqual([true, false]);
    nowIn(null);
    expect(wasIn('a-room')).toBe(false);
  });
});
