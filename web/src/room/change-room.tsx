import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RoomWithParticipants } from '../api/types.ts';
import { RoomForm } from '../room-form/room-form.tsx';
import { changesOf, type RoomValues } from '../room-form/room-values.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Loading } from '../ui/loading.tsx';
import { useMeeting } from './meeting/use-meeting.ts';

/** The host changes the room: what it is about, how many it takes, and whom. */
export function ChangeRoom({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  // Whom it takes is told to the host alone, and to nobody over the socket.
  const [before, setBefore] = useState<RoomWithParticipants | null>(null);
  useEffect(() => {
    meeting.look().then(setBefore, onClose);
  }, [meeting, onClose]);

  async function change(after: RoomValues): Promise<void> {
    const changes = before && changesOf(before, after);
    if (changes) await meeting.update(changes);
    onClose();
  }

  return (
    <Dialog title={t('room.settings')} onClose={onClose}>
      {before === null ? (
        <Loading />
      ) : (
        <RoomForm mode="change" initial={before} onSubmit={change} onCancel={onClose} />
      )}
    </Dialog>
  );
}
