import { createStore, type Store } from '../../store.ts';

/** As LiveKit names them in the rest of the page, which this door does without. */
export type DeviceFailure = 'PermissionDenied' | 'NotFound' | 'DeviceInUse' | 'Other';
/** `track` is null while it is off, not there yet, or failed. */
export type Device = Readonly<{ on: boolean; track: MediaStreamTrack | null; failure: DeviceFailure | null }>;
export type Kind = 'microphone' | 'camera';
export const KINDS = ['microphone', 'camera'] as const;
export type MediaState = Readonly<Record<Kind, Device>>;

export type OwnMedia = Readonly<{
  store: Store<MediaState>;
  start: () => void;
  /** What is off is released: its light goes out. */
  toggle: (kind: Kind) => void;
  stop: () => void;
}>;

const off: Device = { on: false, track: null, failure: null };
const asked: Readonly<Record<Kind, MediaStreamConstraints>> = {
  microphone: { audio: true },
  camera: { video: { width: { ideal: 1280 }, height: { ideal: 720 } } },
};

/** One's own microphone and camera, each for as long as it is on. */
export function createOwnMedia(
  devices: Pick<MediaDevices, 'getUserMedia'> | undefined = navigator.mediaDevices,
): OwnMedia {
  const store = createStore<MediaState>({ microphone: off, camera: off });
  const set = (kind: Kind, device: Partial<Device>) =>
    store.set({ [kind]: { ...store.get()[kind], ...device } });
  /** Counts what was asked of a device: what comes of an earlier wish is not wanted any more. */
  const wishes: Record<Kind, number> = { microphone: 0, camera: 0 };

  async function turnOn(kind: Kind): Promise<void> {
    const wish = ++wishes[kind];
    set(kind, { on: true, failure: null });
    try {
      if (devices === undefined) throw new DOMException('There are none.', 'NotFoundError');
      const [track] = (await devices.getUserMedia(asked[kind])).getTracks();
      if (wish !== wishes[kind]) return track?.stop();
      set(kind, { track: track ?? null });
    } catch (error) {
      if (wish === wishes[kind]) set(kind, { on: false, failure: failureOf(error) });
    }
  }

  function turnOff(kind: Kind): void {
    wishes[kind] += 1;
    store.get()[kind].track?.stop();
    set(kind, off);
  }

  return {
    store,
    start: () => KINDS.forEach((kind) => void turnOn(kind)),
    toggle: (kind) => (store.get()[kind].on ? turnOff(kind) : void turnOn(kind)),
    stop: () => KINDS.forEach(turnOff),
  };
}

function failureOf(error: unknown): DeviceFailure {
  switch ((error as Partial<Error> | null)?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'PermissionDenied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'NotFound';
    case 'NotReadableError':
    case 'AbortError':
      return 'DeviceInUse';
    default:
      return 'Other';
  }
}
