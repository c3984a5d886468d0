import type { ReactNode } from 'react';
import { classes, IconButton } from './button.tsx';

/** Turns a microphone or a camera on and off, in the picture that it changes. @param props.labels what it does, when on and when off */
export function DeviceSwitch(props: {
  isOn: boolean;
  onIcon: ReactNode;
  offIcon: ReactNode;
  labels: readonly [string, string];
  onClick: () => void;
}) {
  const { isOn, onIcon, offIcon, labels, onClick } = props;
  return (
    <IconButton
      className={classes('round', !isOn && 'off')}
      label={isOn ? labels[0] : labels[1]}
      onClick={onClick}
    >
      {isOn ? onIcon : offIcon}
    </IconButton>
  );
}
