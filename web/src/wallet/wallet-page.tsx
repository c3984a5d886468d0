import { CircleSlash } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useChainUrl } from '../chain-door.tsx';
import { roomKeyOf } from '../chain-names.ts';
import { Notice } from '../ui/notice.tsx';
import { Shell } from '../ui/shell.tsx';
import { VisitPage } from './visit-page.tsx';

/** The way into a room by the contract: `/meet/<id>/wallet`. Nobody signs in, and nobody needs LiveKit's library. */
export function WalletPage({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const rpcUrl = useChainUrl();
  const roomKey = roomKeyOf(roomId);
  return (
    <Shell>
      {rpcUrl === '' || roomKey === null ? (
        <Notice
          icon={<CircleSlash />}
          title={t('wallet.noDoorTitle')}
          text={t('wallet.noDoorText')}
          action={
            <Link className="button" href="/">
              {t('common.toLobby')}
            </Link>
          }
        />
      ) : (
        <VisitPage roomId={roomId} roomKey={roomKey} rpcUrl={rpcUrl} />
      )}
    </Shell>
  );
}
