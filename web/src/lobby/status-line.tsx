import { useTranslation } from 'react-i18next';
import { classes } from '../ui/button.tsx';
import type { RoomList } from './room-list.ts';
import type { Liveness } from './room-watch.ts';
import { useSpoken } from './use-spoken.ts';

/** How many rooms there are, and whether what one sees is what is. */
export function StatusLine({ list, live }: { list: RoomList; live: Liveness }) {
  const { t } = useTranslation();
  const { rooms, next, phase } = list;
  const count = rooms.length;
  const text = phase === 'loading' ? '' : t(next === null ? 'lobby.count' : 'lobby.countSoFar', { count });
  const spoken = useSpoken(text);
  return (
    <div className="status-line">
      <h2>{t('lobby.title')}</h2>
      {count > 0 && <span className="quiet">{text}</span>}
      <span className="only-read" aria-live="polite">
        {spoken}
      </span>
      <span className={classes('live', live)} role="status">
        {live === 'live' && t('lobby.live')}
        {live === 'cut' && t('lobby.notLive')}
      </span>
    </div>
  );
}
