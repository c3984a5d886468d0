import { Lock, Users } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RoomWithParticipants } from '../api/types.ts';
import { useAuth } from '../auth/auth.tsx';
import { WalletLink } from '../chain-door.tsx';
import { WhoIsIn } from '../room-look/who-is-in.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';

/** Before the door, without a name. @param props.room null when it shows itself only to those it takes */
export function SignInPage({
  roomId,
  room,
  lapsed,
}: {
  roomId: string;
  room: RoomWithParticipants | null;
  lapsed: boolean;
}) {
  const { t } = useTranslation();
  const { signIn } = useAuth();
  const [failed, setFailed] = useState(false);
  const why = lapsed ? t('auth.lapsed') : room === null ? t('room.signInPrivate') : t('room.signInText');
  return (
    <Notice
      icon={room === null ? <Lock /> : <Users />}
      title={room?.title ?? t('room.signInTitle')}
      text={
        <>
          {room && (
            <>
              <WhoIsIn room={room} />
              <br />
            </>
          )}
          {failed ? t('auth.unreachable') : why}
        </>
      }
      action={
        <>
          <Button look="primary" onClick={() => signIn().catch(() => setFailed(true))}>
            {t('auth.signIn')}
          </Button>
          {!room?.e2ee && <WalletLink roomId={roomId} />}
        </>
      }
    />
  );
}
