import { DoorOpen, Plus, SearchX, WifiOff } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FailureCode } from '../api/api-error.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { sentenceFor } from '../ui/words.ts';

/** What stands in the list's place while there is none. */

const PLACES = ['a', 'b', 'c', 'd', 'e', 'f'];

export function LoadingRooms() {
  const { t } = useTranslation();
  return (
    <div role="status">
      <span className="only-read">{t('common.loading')}</span>
      <ul className="room-grid" aria-hidden="true">
        {PLACES.map((place) => (
          <li key={place} className="room-card skeleton">
            <span className="line title" />
            <span className="line" />
            <span className="line foot" />
          </li>
        ))}
      </ul>
    </div>
  );
}

export function NoRooms({ onNew }: { onNew: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice
      level={2}
      icon={<DoorOpen />}
      title={t('lobby.none.title')}
      text={t('lobby.none.text')}
      action={
        <Button look="primary" onClick={onNew}>
          <Plus size={18} aria-hidden="true" />
          {t('lobby.none.first')}
        </Button>
      }
    />
  );
}

export function NoMatch({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice
      level={2}
      icon={<SearchX />}
      title={t('lobby.noMatch.title')}
      text={t('lobby.noMatch.text')}
      action={<Button onClick={onClear}>{t('lobby.noMatch.clear')}</Button>}
    />
  );
}

/** In place of the list when there is nothing to show, else above what was read before. */
export function ListFailure(props: { code: FailureCode; small: boolean; onRetry: () => void }) {
  const { code, small, onRetry } = props;
  const { t } = useTranslation();
  const action = (
    <Button size={small ? 'small' : undefined} onClick={onRetry}>
      {t('common.tryAgain')}
    </Button>
  );
  if (small)
    return (
      <div className="banner" role="status">
        <WifiOff size={18} aria-hidden="true" />
        <span>{sentenceFor(t, code)}</span>
        {action}
      </div>
    );
  return (
    <div role="alert">
      <Notice
        level={2}
        tone="warn"
        icon={<WifiOff />}
        title={t('lobby.failed')}
        text={sentenceFor(t, code)}
        action={action}
      />
    </div>
  );
}
