import { LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { userOfWallet } from '../chain-names.ts';
import type { useRoomLook } from '../room-look/use-room-look.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { FocusedHeading } from './focused-heading.tsx';
import { Steps } from './steps.tsx';
import type { VisitState } from './visit/visit.ts';

/** In the room: who else is, and the way out. */
export function Inside(props: {
  state: VisitState;
  look: Pick<ReturnType<typeof useRoomLook>, 'room'>;
  onLeave: () => void;
}) {
  const { state, look, onLeave } = props;
  const { t } = useTranslation();
  const me = userOfWallet(state.wallet ?? '');
  return (
    <>
      <header>
        {look.room && <p className="quiet">{look.room.title}</p>}
        <FocusedHeading of="in">{t('wallet.in')}</FocusedHeading>
      </header>
      <Steps state={state} />
      {look.room && (
        <ul className="others" aria-label={t('room.people')}>
          {look.room.participants.map(({ userId, name }) => (
            <li key={userId}>
              <Avatar id={userId} name={name} />
              <span>{userId === me ? t('room.youName', { name }) : name}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="quiet small">{t('wallet.inText')}</p>
      <Button look="danger" className="join" onClick={onLeave}>
        <LogOut size={20} aria-hidden="true" />
        {t('room.leave')}
      </Button>
    </>
  );
}
