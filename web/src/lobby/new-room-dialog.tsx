import { useTranslation } from 'react-i18next';
import type { SignedIn } from '../auth/session.ts';
import { RoomForm } from '../room-form/room-form.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { newRoomDraft } from './new-room-draft.ts';
import type { Making } from './use-new-room.ts';

/** Where a room is made; before that, where one is asked to sign in. */
export function NewRoomDialog({ making }: { making: Making }) {
  const { t } = useTranslation();
  const { maker } = making;
  return (
    <Dialog title={t('lobby.new')} onClose={making.close}>
      {maker === null ? <SignInFirst making={making} /> : <NewRoom making={making} maker={maker} />}
    </Dialog>
  );
}

function NewRoom({ making, maker }: { making: Making; maker: SignedIn }) {
  const { t, i18n } = useTranslation();
  return (
    <RoomForm
      mode="new"
      initial={newRoomDraft.of(maker.id) ?? { language: i18n.language }}
      onSubmit={making.create}
      onEdit={(values) => newRoomDraft.keep(maker.id, values)}
      onCancel={() => {
        newRoomDraft.forget();
        making.close();
      }}
      remedy={(code) =>
        code === 'SIGNED_OUT' && (
          <Button size="small" onClick={() => void making.signIn()}>
            {t('auth.signIn')}
          </Button>
        )
      }
    />
  );
}

function SignInFirst({ making }: { making: Making }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="quiet">{t('lobby.signInFirst')}</p>
      {making.signInFailed && (
        <p className="banner danger" role="alert">
          {t('auth.unreachable')}
        </p>
      )}
      <div className="actions">
        <Button onClick={making.close}>{t('common.cancel')}</Button>
        <Button look="primary" onClick={() => void making.signIn()}>
          {t('auth.signIn')}
        </Button>
      </div>
    </>
  );
}
