import { ExternalE2EEKeyProvider, isE2EESupported, Room as LiveKit, VideoPresets } from 'livekit-client';
// A file of this site: the content security policy takes no worker from elsewhere.
import EncryptionWorker from 'livekit-client/e2ee-worker?worker';
import type { Choices } from './choices.ts';

export const canEncrypt = (): boolean => isE2EESupported();

/**
 * LiveKit's side of a visit, not connected yet.
 * @param key of an encrypted room: what leaves this browser is encrypted with it
 */
export async function openLiveKit(key: string | null, choices: Choices): Promise<LiveKit> {
  const keyProvider = new ExternalE2EEKeyProvider();
  const livekit = new LiveKit({
    // Pictures as large as they are shown, and none that nobody looks at.
    adaptiveStream: true,
    dynacast: true,
    audioCaptureDefaults: choices.microphoneId ? { deviceId: choices.microphoneId } : {},
    videoCaptureDefaults: {
      resolution: VideoPresets.h720.resolution,
      ...(choices.cameraId ? { deviceId: choices.cameraId } : {}),
    },
    ...(key === null ? {} : { encryption: { keyProvider, worker: new EncryptionWorker() } }),
  });
  if (key !== null) {
    await keyProvider.setKey(key);
    await livekit.setE2EEEnabled(true);
  }
  return livekit;
}
