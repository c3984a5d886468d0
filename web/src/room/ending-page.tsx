import { CircleSlash, DoorOpen, LogOut, MonitorSmartphone, SearchX, Users, UserX } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useAuth } from '../auth/auth.tsx';
import { Button } from '../ui/button.tsx';
import { CopyText } from '../ui/copy-text.tsx';
import { Notice } from '../ui/notice.tsx';
import type { Ending } from './meeting/ending.ts';

const icons: Record<Ending, ReactNode> = {
  left: <LogOut />,
  kicked: <UserX />,
  ended: <DoorOpen />,
  full: <Users />,
  'not-invited': <CircleSlash />,
  'not-found': <SearchX />,
  elsewhere: <MonitorSmartphone />,
  'signed-out': <LogOut />,
  'no-encryption': <CircleSlash />,
};
const GRAVE: readonly Ending[] = ['kicked', 'not-invited', 'no-encryption', 'signed-out'];

/**
 * Why one is not in the room, and a way on.
 * @param props.onAgain back to the door, or straight in
 */
export function EndingPage({ ending, onAgain }: { ending: Ending; onAgain: (straightIn: boolean) => void }) {
  const { t } = useTranslation();
  const { user } = useAuth();
  return (
    <Notice
      icon={icons[ending]}
      tone={GRAVE.includes(ending) ? 'warn' : 'calm'}
      title={t(`room.ending.${ending}.title`)}
      text={t(`room.ending.${ending}.text`)}
      action={
        <>
          {ending === 'not-invited' && user && <CopyText label={t('room.yourId')} text={user.id} />}
          <Again ending={ending} onAgain={onAgain} />
          <Link className="button" href="/">
            {t('common.toLobby')}
          </Link>
        </>
      }
    />
  );
}

function Again({ ending, onAgain }: { ending: Ending; onAgain: (straightIn: boolean) => void }) {
  const { t } = useTranslation();
  const { signIn } = useAuth();
  switch (ending) {
    case 'left':
      return (
        <Button look="primary" onClick={() => onAgain(false)}>
          {t('room.rejoin')}
        </Button>
      );
    case 'elsewhere':
      return (
        <Button look="primary" onClick={() => onAgain(true)}>
          {t('room.bringHere')}
        </Button>
      );
    case 'signed-out':
      return (
        <Button look="primary" onClick={() => void signIn().catch(() => onAgain(false))}>
          {t('auth.signIn')}
        </Button>
      );
    case 'full':
    case 'not-invited':
      return (
        <Button look="primary" onClick={() => onAgain(false)}>
          {t('common.tryAgain')}
        </Button>
      );
    default:
      return null;
  }
}
