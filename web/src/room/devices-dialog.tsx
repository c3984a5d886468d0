import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../ui/dialog.tsx';
import { canChooseSpeaker, DeviceSelect } from './device-select.tsx';
import { type Choices, choicesOfLastTime, keepChoices } from './meeting/choices.ts';
import { useMeeting } from './meeting/use-meeting.ts';

/** Changes devices in the middle of a call; they are those of the next one, too. */
export function DevicesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  const [choices, setChoices] = useState(choicesOfLastTime);

  function change(kind: MediaDeviceKind, part: Partial<Choices>): void {
    const next = { ...choices, ...part };
    setChoices(next);
    keepChoices(next);
    const [deviceId = ''] = Object.values(part) as string[];
    void meeting.livekit.switchActiveDevice(kind, deviceId || 'default').catch(() => {});
  }

  return (
    <Dialog title={t('room.devices')} onClose={onClose}>
      <DeviceSelect
        kind="audioinput"
        label={t('room.microphone')}
        value={choices.microphoneId}
        onChange={(microphoneId) => change('audioinput', { microphoneId })}
      />
      <DeviceSelect
        kind="videoinput"
        label={t('room.camera')}
        value={choices.cameraId}
        onChange={(cameraId) => change('videoinput', { cameraId })}
      />
      {canChooseSpeaker && (
        <DeviceSelect
          kind="audiooutput"
          label={t('room.speaker')}
          value={choices.speakerId}
          onChange={(speakerId) => change('audiooutput', { speakerId })}
        />
      )}
    </Dialog>
  );
}
