import { useTranslation } from 'react-i18next';
import type { RoomWithParticipants } from '../api/types.ts';
import { useAuth } from '../auth/auth.tsx';

const SHOWN = 4;

/** Whom one would meet inside, in a sentence. */
export function WhoIsIn({ room }: { room: RoomWithParticipants }) {
  const { t, i18n } = useTranslation();
  const { user } = useAuth();
  // Whoever has just made the room holds a seat in it already.
  const names = room.participants.filter(({ userId }) => userId !== user?.id).map(({ name }) => name);
  if (names.length === 0) return <>{t('room.nobodyIn')}</>;
  const rest = names.length - SHOWN;
  const shown = rest > 0 ? [...names.slice(0, SHOWN), t('common.people', { count: rest })] : names;
  const list = new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(shown);
  return <>{t('room.whoIsIn', { names: list })}</>;
}
