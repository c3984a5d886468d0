import { Crown, Ellipsis, Hand, MicOff, VideoOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Participant } from '../../api/types.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { inOrder } from '../meeting/people.ts';
import { useMeeting } from '../meeting/use-meeting.ts';
import { KeptOut } from './kept-out.tsx';
import { KickDialog } from './kick-dialog.tsx';

/** Who is in, raised hands first; and what the host may do. */
export function People() {
  const { t } = useTranslation();
  const { meeting, view } = useMeeting();
  const people = inOrder(view?.people ?? []);
  const iAmHost = view?.room.hostId === meeting.me;
  return (
    <div className="people">
      {iAmHost && people.length > 1 && (
        <Button size="small" look="outline" onClick={() => void meeting.muteAll()}>
          <MicOff size={16} aria-hidden="true" />
          {t('room.muteAll')}
        </Button>
      )}
      <ul>
        {people.map((person) => (
          <Person key={person.userId} person={person} canAct={iAmHost && person.userId !== meeting.me} />
        ))}
      </ul>
      {iAmHost && <KeptOut people={people} />}
    </div>
  );
}

function Person({ person, canAct }: { person: Participant; canAct: boolean }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  const [open, setOpen] = useState(false);
  const [kicking, setKicking] = useState(false);
  const { userId, name, role, isMuted, isVideoOff, isHandRaised } = person;
  return (
    <li>
      <div className="person">
        <Avatar id={userId} name={name} />
        <span className="name">{userId === meeting.me ? t('room.youName', { name }) : name}</span>
        <span className="signs">
          {isHandRaised && <Sign label={t('room.handIsUp')} icon={<Hand size={18} />} tone="hand" />}
          {role === 'HOST' && <Sign label={t('room.host')} icon={<Crown size={18} />} tone="host" />}
          {isMuted && <Sign label={t('room.isMuted')} icon={<MicOff size={18} />} />}
          {isVideoOff && <Sign label={t('room.cameraOff')} icon={<VideoOff size={18} />} />}
        </span>
        {canAct && (
          <IconButton
            size="small"
            look="bare"
            label={t('room.actionsFor', { name })}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <Ellipsis size={18} />
          </IconButton>
        )}
      </div>
      {canAct && open && (
        <div className="actions">
          <Button size="small" look="outline" disabled={isMuted} onClick={() => void meeting.mute(userId)}>
            {t('room.mute')}
          </Button>
          <Button size="small" look="outline" onClick={() => void meeting.handOver(userId)}>
            {t('room.makeHost')}
          </Button>
          <Button size="small" look="outline" className="grave" onClick={() => setKicking(true)}>
            {t('room.kick')}
          </Button>
        </div>
      )}
      {kicking && <KickDialog person={person} onClose={() => setKicking(false)} />}
    </li>
  );
}

function Sign({ label, icon, tone }: { label: string; icon: React.ReactNode; tone?: string }) {
  return (
    <span className={tone} role="img" aria-label={label} title={label}>
      {icon}
    </span>
  );
}
