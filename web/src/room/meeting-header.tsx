import { useIsRecording } from '@livekit/components-react';
import { Check, Link2, Lock, LockKeyhole, Pencil } from 'lucide-react';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Room } from '../api/types.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Settings } from '../ui/shell.tsx';
import { useCopy } from '../ui/use-copy.ts';
import { ChangeRoom } from './change-room.tsx';
import { useMeeting } from './meeting/use-meeting.ts';

/** What this room is, and whether it is sealed or recorded. */
export function MeetingHeader({ room }: { room: Room }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  const isRecording = useIsRecording();
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
