import { useIsRecording } from '@livekit/components-react';
import { Check, CircleDot, CircleStop, Link2, Lock, LockKeyhole, Pencil } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../ui/button.tsx';
import { Settings } from '../ui/shell.tsx';
import { useCopy } from '../ui/use-copy.ts';
import { ChangeRoom } from './change-room.tsx';
import type { RoomSeen } from './meeting/people.ts';
import { useMeeting } from './meeting/use-meeting.ts';

/** What this room is, and whether it is sealed or recorded. */
export function MeetingHeader({ room }: { room: RoomSeen }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  // LiveKit knows of a recorder in it; the room knows of its recording, also before and after.
  const isRecording = useIsRecording() || room.recording !== undefined;
  const { copied, copy } = useCopy();
  const [changing, setChanging] = useState(false);
  const close = useCallback(() => setChanging(false), []);
  return (
    <header className="top">
      <div className="what">
        <h1>{room.title}</h1>
        <span className="badges">
          {isRecording && (
            <span className="badge danger" title={t('room.recordingHint')} role="status">
              <span className="dot" aria-hidden="true" />
              {t('room.recording')}
            </span>
          )}
          {room.e2ee && (
            <span className="badge accent" title={t('room.encryptedWith')}>
              <LockKeyhole size={13} aria-hidden="true" />
              {t('common.encrypted')}
            </span>
          )}
          {room.access === 'private' && (
            <span className="badge">
              <Lock size={13} aria-hidden="true" />
              {t('common.private')}
            </span>
          )}
        </span>
      </div>
      <div className="does">
        <Button look="outline" size="small" className="copy-link" onClick={() => void copy(location.href)}>
          {copied ? <Check size={18} aria-hidden="true" /> : <Link2 size={18} aria-hidden="true" />}
          <span aria-live="polite">{copied ? t('room.linkCopied') : t('room.copyLink')}</span>
        </Button>
        {room.hostId === meeting.me && !room.e2ee && <Record room={room} />}
        {room.hostId === meeting.me && (
          <IconButton size="small" look="bare" label={t('room.settings')} onClick={() => setChanging(true)}>
            <Pencil size={18} />
          </IconButton>
        )}
        <Settings />
      </div>
      {changing && <ChangeRoom onClose={close} />}
    </header>
  );
}

/** Starts and stops a recording. An encrypted room has none: nobody but those in it could see it. */
function Record({ room }: { room: RoomSeen }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  const { recording } = room;
  return (
    <IconButton
      size="small"
      look="bare"
      label={recording ? t('room.stopRecording') : t('room.record')}
      onClick={() => void (recording ? meeting.stopRecording(recording.id) : meeting.startRecording())}
    >
      {recording ? <CircleStop size={18} /> : <CircleDot size={18} />}
    </IconButton>
  );
}
