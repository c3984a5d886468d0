import { Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { userOfWallet } from '../chain-names.ts';
import { Avatar } from '../ui/avatar.tsx';
import { DeviceSwitch } from '../ui/device-switch.tsx';
import type { DeviceFailure, Kind, MediaState } from './media/own-media.ts';

/** One's own picture, with what turns it and the microphone off: before the join and as long as one is in. */
export function Look(props: { devices: MediaState; wallet: string | null; onToggle: (kind: Kind) => void }) {
  const { devices, wallet, onToggle } = props;
  const { microphone, camera } = devices;
  const { t } = useTranslation();
  return (
    <section className="look">
      <div className="preview">
        {camera.track ? (
          <Mirror track={camera.track} label={t('room.preview')} />
        ) : (
          <div className="no-picture">
            <Avatar id={userOfWallet(wallet ?? '')} name={wallet ?? '0x'} large />
            <span>{t('room.cameraIsOff')}</span>
          </div>
        )}
        <div className="switches">
          <DeviceSwitch
            isOn={microphone.on}
            onIcon={<Mic size={22} />}
            offIcon={<MicOff size={22} />}
            labels={[t('room.turnOffMicrophone'), t('room.turnOnMicrophone')]}
            onClick={() => onToggle('microphone')}
          />
          <DeviceSwitch
            isOn={camera.on}
            onIcon={<Video size={22} />}
            offIcon={<VideoOff size={22} />}
            labels={[t('room.turnOffCamera'), t('room.turnOnCamera')]}
            onClick={() => onToggle('camera')}
          />
        </div>
      </div>
      <Problem kind="microphone" failure={microphone.failure} />
      <Problem kind="camera" failure={camera.failure} />
    </section>
  );
}

function Problem({ kind, failure }: { kind: Kind; failure: DeviceFailure | null }) {
  const { t } = useTranslation();
  if (failure === null) return null;
  const none = kind === 'camera' ? t('wallet.noCamera') : t('wallet.noMicrophone');
  return (
    <p className="banner" role="alert">
      {failure === 'NotFound' ? none : t(`room.problem.${kind}.${failure}`)}
    </p>
  );
}

function Mirror({ track, label }: { track: MediaStreamTrack; label: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = new MediaStream([track]);
  }, [track]);
  return <video ref={video} aria-label={label} muted playsInline autoPlay />;
}
