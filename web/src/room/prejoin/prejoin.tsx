import type { LocalVideoTrack, MediaDeviceFailure } from 'livekit-client';
import { CircleDot, LockKeyhole, Mic, MicOff, Video, VideoOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RoomWithParticipants } from '../../api/types.ts';
import { useAuth } from '../../auth/auth.tsx';
import { WalletLink } from '../../chain-door.tsx';
import { WhoIsIn } from '../../room-look/who-is-in.tsx';
import { Avatar } from '../../ui/avatar.tsx';
import { Button } from '../../ui/button.tsx';
import { DeviceSwitch } from '../../ui/device-switch.tsx';
import '../../ui/threshold.css';
import { canChooseSpeaker, DeviceSelect } from '../device-select.tsx';
import { type Choices, choicesOfLastTime, keepChoices } from '../meeting/choices.ts';
import { LevelMeter } from './level-meter.tsx';
import './prejoin.css';
import { useCameraPreview, useMicrophonePreview } from './use-preview.ts';

/** Before the door: how one looks and sounds, with which devices, and who is in. */
export function Prejoin({
  room,
  onJoin,
}: {
  room: RoomWithParticipants;
  onJoin: (choices: Choices) => void;
}) {
  const { t } = useTranslation();
  const { user } = useAuth();
  const [choices, setChoices] = useState(choicesOfLastTime);
  const microphone = useMicrophonePreview(choices.microphone, choices.microphoneId);
  const camera = useCameraPreview(choices.camera, choices.cameraId);
  const change = (part: Partial<Choices>) => setChoices((before) => ({ ...before, ...part }));

  function join(): void {
    keepChoices(choices);
    onJoin(choices);
  }

  return (
    <div className="threshold">
      <section className="look">
        <div className="preview">
          {camera.track ? (
            <Mirror track={camera.track} label={t('room.preview')} />
          ) : (
            <div className="no-picture">
              {user && <Avatar id={user.id} name={user.name} large />}
              <span>{t('room.cameraIsOff')}</span>
            </div>
          )}
          <div className="switches">
            <DeviceSwitch
              isOn={choices.microphone}
              onIcon={<Mic size={22} />}
              offIcon={<MicOff size={22} />}
              labels={[t('room.turnOffMicrophone'), t('room.turnOnMicrophone')]}
              onClick={() => change({ microphone: !choices.microphone })}
            />
            <DeviceSwitch
              isOn={choices.camera}
              onIcon={<Video size={22} />}
              offIcon={<VideoOff size={22} />}
              labels={[t('room.turnOffCamera'), t('room.turnOnCamera')]}
              onClick={() => change({ camera: !choices.camera })}
            />
          </div>
        </div>
        {microphone.track && <LevelMeter track={microphone.track} />}
        <Problem kind="microphone" failure={microphone.failure} />
        <Problem kind="camera" failure={camera.failure} />
      </section>
      <section className="door">
        <header>
          <h1>{room.title}</h1>
          {room.hostName && <p className="quiet">{t('room.hostedBy', { name: room.hostName })}</p>}
          <p className="quiet">
            <WhoIsIn room={room} />
          </p>
        </header>
        {room.e2ee && (
          <p className="sealed">
            <LockKeyhole size={18} aria-hidden="true" />
            <span>
              <strong>{t('common.encrypted')}.</strong> {t('room.encryptedHint')}
            </span>
          </p>
        )}
        {room.recording && (
          <p className="sealed recorded">
            <CircleDot size={18} aria-hidden="true" />
            <span>{t('room.recordingHint')}</span>
          </p>
        )}
        <Button look="primary" className="join" onClick={join}>
          {t('room.join')}
        </Button>
        {!room.e2ee && <WalletLink roomId={room.id} />}
        <DeviceSelect
          kind="audioinput"
          label={t('room.microphone')}
          value={choices.microphoneId}
          onChange={(microphoneId) => change({ microphoneId })}
        />
        <DeviceSelect
          kind="videoinput"
          label={t('room.camera')}
          value={choices.cameraId}
          onChange={(cameraId) => change({ cameraId })}
        />
        {canChooseSpeaker && (
          <DeviceSelect
            kind="audiooutput"
            label={t('room.speaker')}
            value={choices.speakerId}
            onChange={(speakerId) => change({ speakerId })}
          />
        )}
      </section>
    </div>
  );
}

function Problem({ kind, failure }: { kind: 'microphone' | 'camera'; failure: MediaDeviceFailure | null }) {
  const { t } = useTranslation();
  if (failure === null) return null;
  return (
    <p className="banner" role="alert">
      {t(`room.problem.${kind}.${failure}`)}
    </p>
  );
}

function Mirror({ track, label }: { track: LocalVideoTrack; label: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const shown = video.current;
    if (shown) track.attach(shown);
    return () => {
      if (shown) track.detach(shown);
    };
  }, [track]);
  return <video ref={video} aria-label={label} muted playsInline autoPlay />;
}
