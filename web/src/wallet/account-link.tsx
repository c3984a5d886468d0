import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

/** The usual way into the room. */
export function AccountLink({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  return (
    <Link className="button bare" href={`/meet/${encodeURIComponent(roomId)}`}>
      {t('wallet.bySignIn')}
    </Link>
  );
}
