import { useAudioPlayback } from '@livekit/components-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { useMeeting } from './meeting/use-meeting.ts';

/** What is amiss right now, the gravest first, and what to do. */
export function Banners() {
  const { t } = useTranslation();
  const { meeting, isUp, media, deviceProblem } = useMeeting();
  const { canPlayAudio, startAudio } = useAudioPlayback();
  return (
    <div className="banners">
      {!isUp ? (
        <p className="banner" role="status">
          {t('room.lineDown')}
        </p>
      ) : (
        media === 'reconnecting' && (
          <p className="banner" role="status">
            {t('room.mediaReconnecting')}
          </p>
        )
      )}
      {media === 'failed' && (
        <p className="banner danger" role="alert">
          {t('room.mediaFailed')}
          <Button size="small" onClick={meeting.callAgain}>
            {t('common.tryAgain')}
          </Button>
        </p>
      )}
      {!canPlayAudio && (
        <p className="banner" role="alert">
          {t('room.soundBlocked')}
          <Button size="small" look="primary" onClick={() => void startAudio()}>
            {t('room.allowSound')}
          </Button>
        </p>
      )}
      {deviceProblem && (
        <p className="banner" role="alert">
          {t(`room.problem.${deviceProblem.kind}.${deviceProblem.failure}`)}
          <Button size="small" onClick={meeting.dismissDeviceProblem}>
            {t('room.dismiss')}
          </Button>
        </p>
      )}
    </div>
  );
}
