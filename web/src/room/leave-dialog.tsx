import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useMeeting } from './meeting/use-meeting.ts';

/** A host who leaves others behind decides what becomes of the room. */
export function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  return (
    <Dialog title={t('room.leaveTitle')} onClose={onClose}>
      <p className="quiet">{t('room.leaveText')}</p>
      <div className="actions">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="outline" onClick={() => void meeting.endForAll().then(onClose)}>
          {t('room.endForAll')}
        </Button>
        <Button look="danger" onClick={() => void meeting.leave()}>
          {t('room.leave')}
        </Button>
      </div>
    </Dialog>
  );
}
