import { Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { usePageTitle } from '../ui/use-page-title.ts';
import { FilterBar } from './filter-bar.tsx';
import { isFiltered } from './filters.ts';
import { ListFailure, LoadingRooms, NoMatch, NoRooms } from './list-states.tsx';
import './lobby.css';
import { NewRoomDialog } from './new-room-dialog.tsx';
import { RoomGrid } from './room-grid.tsx';
import { StatusLine } from './status-line.tsx';
import { useFilters } from './use-filters.ts';
import { useNewRoom } from './use-new-room.ts';
import { useRooms } from './use-rooms.ts';

/** What a newcomer meets: the public rooms that are live, and a way to make one. */
export function LobbyPage() {
  const { t } = useTranslation();
  usePageTitle();
  const address = useFilters();
  const { list, live, more, retry } = useRooms(address.filters);
  const making = useNewRoom(address);
  return (
    <div className="lobby">
      <header className="hero">
        <div>
          <h1>{t('lobby.hero')}</h1>
          <p>{t('lobby.intro')}</p>
        </div>
        <Button look="primary" onClick={making.begin}>
          <Plus size={20} aria-hidden="true" />
          {t('lobby.new')}
        </Button>
      </header>
      <FilterBar filters={address.filters} seek={address.seek} />
      <StatusLine list={list} live={live} />
      {list.failure?.of === 'list' && (
        <ListFailure code={list.failure.code} small={list.rooms.length > 0} onRetry={retry} />
      )}
      {list.rooms.length > 0 ? (
        <RoomGrid list={list} onTopic={(topic) => address.seek({ topic })} onMore={more} />
      ) : (
        list.failure?.of !== 'list' && nothingToShow()
      )}
      {making.isOpen && <NewRoomDialog making={making} />}
    </div>
  );

  function nothingToShow() {
    if (list.phase === 'loading' || list.next !== null) return <LoadingRooms />;
    if (isFiltered(address.filters)) return <NoMatch onClear={address.clear} />;
    return <NoRooms onNew={making.begin} />;
  }
}
