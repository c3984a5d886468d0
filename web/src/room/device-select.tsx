import { useMediaDevices } from '@livekit/components-react';
import { useTranslation } from 'react-i18next';
import { Field } from '../ui/field.tsx';

/** Chooses among the devices of one kind. Names are known once the browser has given leave for one. */
export function DeviceSelect(props: {
  kind: MediaDeviceKind;
  label: string;
  value: string;
  onChange: (deviceId: string) => void;
}) {
  const { kind, label, value, onChange } = props;
  const { t } = useTranslation();
  const devices = useMediaDevices({ kind }).filter(
    ({ deviceId }) => deviceId !== '' && deviceId !== 'default',
  );
  const chosen = devices.some(({ deviceId }) => deviceId === value) ? value : '';
  return (
    <Field label={label}>
      {(control) => (
        <select
          {...control}
          className="input"
          value={chosen}
          onChange={({ target }) => onChange(target.value)}
        >
          <option value="">{t('room.systemChoice')}</option>
          {devices.map((device, index) => (
            <option key={device.deviceId} value={device.deviceId}>
              {device.label || `${label} ${index + 1}`}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Whether this browser lets one choose where sound comes out. */
export const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;
