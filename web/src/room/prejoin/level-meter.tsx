import { useTrackVolume } from '@livekit/components-react';
import type { LocalAudioTrack } from 'livekit-client';
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';

/** Shows that the microphone hears something. */
export function LevelMeter({ track }: { track: LocalAudioTrack }) {
  const { t } = useTranslation();
  const volume = Math.min(1, useTrackVolume(track) * 2);
  return (
    // biome-ignore lint/a11y/useSemanticElements: <meter> cannot be given these looks in every browser.
    <div
      className="level"
      role="meter"
      aria-label={t('room.level')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(volume * 100)}
      style={{ '--level': volume } as CSSProperties}
    />
  );
}
