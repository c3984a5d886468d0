import {
  createLocalAudioTrack,
  createLocalVideoTrack,
  type LocalAudioTrack,
  type LocalVideoTrack,
  MediaDeviceFailure,
} from 'livekit-client';
import { useEffect, useState } from 'react';

type Preview<T> = { track: T | null; failure: MediaDeviceFailure | null };

/** The camera for as long as it is wanted, seen by nobody else yet. */
export const useCameraPreview = (wanted: boolean, deviceId: string): Preview<LocalVideoTrack> =>
  usePreview(wanted, deviceId, startCamera);

/** The microphone for as long as it is wanted, heard by nobody else yet. */
export const useMicrophonePreview = (wanted: boolean, deviceId: string): Preview<LocalAudioTrack> =>
  usePreview(wanted, deviceId, startMicrophone);

const startCamera = (deviceId: string) => createLocalVideoTrack(deviceId ? { deviceId } : {});
const startMicrophone = (deviceId: string) => createLocalAudioTrack(deviceId ? { deviceId } : {});

function usePreview<T extends { stop: () => void }>(
  wanted: boolean,
  deviceId: string,
  start: (deviceId: string) => Promise<T>,
): Preview<T> {
  const [preview, setPreview] = useState<Preview<T>>({ track: null, failure: null });
  useEffect(() => {
    if (!wanted) return;
    let over = false;
    let started: T | null = null;
    start(deviceId).then(
      (track) => {
        // Not wanted any more by the time it is there.
        if (over) return track.stop();
        started = track;
        setPreview({ track, failure: null });
      },
      (error: unknown) => {
        if (!over)
          setPreview({
            track: null,
            failure: MediaDeviceFailure.getFailure(error) ?? MediaDeviceFailure.Other,
          });
      },
    );
    return () => {
      over = true;
      started?.stop();
      setPreview({ track: null, failure: null });
    };
  }, [wanted, deviceId, start]);
  return preview;
}
