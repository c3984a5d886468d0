import { useTranslation } from 'react-i18next';
import type { Participant } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { useMeeting } from '../meeting/use-meeting.ts';

export function KickDialog({ person, onClose }: { person: Participant; onClose: () => void }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  return (
    <Dialog title={t('room.kickTitle', { name: person.name })} onClose={onClose}>
      <p className="quiet">{t('room.kickText')}</p>
      <div className="actions">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="danger" onClick={() => void meeting.kick(person.userId).then(onClose)}>
          {t('room.kickDo')}
        </Button>
      </div>
    </Dialog>
  );
}
