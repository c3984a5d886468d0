import { useTranslation } from 'react-i18next';
import type { Room } from '../api/types.ts';
import { Dialog } from '../ui/dialog.tsx';

/** The host changes the room. */
export function ChangeRoom({ room, onClose }: { room: Room; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('room.settings')} onClose={onClose}>
      <p>{room.title}</p>
    </Dialog>
  );
}
