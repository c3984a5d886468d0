import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { RoomFilters } from '../api/rooms.ts';
import { languageOptions } from '../ui/languages.ts';
import { Switch } from '../ui/switch.tsx';
import { SearchField } from './search-field.tsx';
import type { Seek } from './use-filters.ts';

/** What is looked for, as the address says it. */
export function FilterBar({ filters, seek }: { filters: RoomFilters; seek: Seek }) {
  const { t, i18n } = useTranslation();
  const { q = '', topic, language = '', hasSeats = false } = filters;
  return (
    <div className="filters">
      <SearchField q={q} onSeek={(text) => seek({ q: text }, { replace: true })} />
      <select
        className="input"
        aria-label={t('lobby.language')}
        value={language}
        onChange={({ target }) => seek({ language: target.value })}
      >
        <option value="">{t('lobby.anyLanguage')}</option>
        {languageOptions(i18n.language, language).map(({ tag, name }) => (
          <option key={tag} value={tag}>
            {name}
          </option>
        ))}
      </select>
      <Switch on={hasSeats} onChange={(on) => seek({ hasSeats: on ? 'true' : undefined })}>
        {t('lobby.withSeats')}
      </Switch>
      {topic !== undefined && (
        <button type="button" className="chip" onClick={() => seek({ topic: undefined })}>
          <span className="only-read">{t('lobby.removeTopic')}</span>
          <span className="text">{topic}</span>
          <X size={16} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
