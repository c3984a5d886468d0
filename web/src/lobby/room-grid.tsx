import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../ui/button.tsx';
import { sentenceFor } from '../ui/words.ts';
import { RoomCard } from './room-card.tsx';
import type { RoomList } from './room-list.ts';
import { useGlide } from './use-glide.ts';
import { useNow } from './use-now.ts';

const TELL_AGE_EVERY = 30_000;

/** The rooms as cards, and a way to more of them. */
export function RoomGrid(props: { list: RoomList; onTopic: (topic: string) => void; onMore: () => void }) {
  const { list, onTopic, onMore } = props;
  const grid = useRef<HTMLUListElement>(null);
  const now = useNow(TELL_AGE_EVERY);
  useGlide(grid);
  const goOnAfter = useGoOn(grid, list);
  return (
    <>
      <ul ref={grid} className="room-grid" aria-busy={list.phase === 'loading'}>
        {list.rooms.map((room) => (
          <li key={room.id} data-room={room.id}>
            <RoomCard room={room} now={now} isNew={list.arrived.has(room.id)} onTopic={onTopic} />
          </li>
        ))}
      </ul>
      {list.next !== null && (
        <More
          list={list}
          onMore={() => {
            goOnAfter();
            onMore();
          }}
        />
      )}
    </>
  );
}

function More({ list, onMore }: { list: RoomList; onMore: () => void }) {
  const { t } = useTranslation();
  const busy = list.reading === 'more';
  return (
    <div className="more">
      {list.failure?.of === 'more' && (
        <p className="small" role="alert">
          {sentenceFor(t, list.failure.code)}
        </p>
      )}
      <Button look="outline" aria-busy={busy} onClick={onMore}>
        {busy && <span className="spinner" aria-hidden="true" />}
        {t('lobby.more')}
      </Button>
    </div>
  );
}

/** Whoever asked for more reads on at the first of them. @returns call it when more is asked for */
function useGoOn(grid: { readonly current: HTMLElement | null }, { rooms, reading }: RoomList): () => void {
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (known.current === null || reading !== null) return;
    const first = rooms.find(({ id }) => !known.current?.has(id));
    known.current = null;
    if (first)
      grid.current?.querySelector<HTMLElement>(`[data-room="${CSS.escape(first.id)}"] h3 a`)?.focus();
  }, [grid, rooms, reading]);
  return () => {
    known.current = new Set(rooms.map(({ id }) => id));
  };
}
