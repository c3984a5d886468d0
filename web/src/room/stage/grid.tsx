import {
  TrackLoop,
  type TrackReferenceOrPlaceholder,
  useGridLayout,
  useSpeakingParticipants,
} from '@livekit/components-react';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { type ReactNode, type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../ui/button.tsx';
import { inGridOrder } from './order.ts';
import { keyOf } from './person-of.ts';

/** LiveKit's own choice turns the page at the third person on a phone; people would rather see all of a small group. */
const LAYOUTS = [
  { columns: 1, rows: 1 },
  { columns: 1, rows: 2, orientation: 'portrait' },
  { columns: 1, rows: 3, orientation: 'portrait', minHeight: 420 },
  { columns: 2, rows: 2, orientation: 'portrait' },
  { columns: 2, rows: 3, orientation: 'portrait', minHeight: 420 },
  { columns: 2, rows: 4, orientation: 'portrait', minHeight: 560 },
  { columns: 3, rows: 4, orientation: 'portrait', minWidth: 520 },
  { columns: 2, rows: 1, orientation: 'landscape' },
  { columns: 3, rows: 1, orientation: 'landscape', minWidth: 900 },
  { columns: 2, rows: 2, orientation: 'landscape' },
  { columns: 3, rows: 2, orientation: 'landscape', minWidth: 560 },
  { columns: 3, rows: 3, orientation: 'landscape', minWidth: 640 },
  { columns: 4, rows: 3, orientation: 'landscape', minWidth: 860 },
  { columns: 4, rows: 4, orientation: 'landscape', minWidth: 960 },
  { columns: 5, rows: 5, orientation: 'landscape', minWidth: 1_100 },
] as const;

/** Everybody the same size, as large as there is room for; who does not fit is on the next page. */
export function Grid({ tracks, children }: { tracks: TrackReferenceOrPlaceholder[]; children: ReactNode }) {
  const { t } = useTranslation();
  const element = useRef<HTMLDivElement>(null);
  const { layout } = useGridLayout(element as RefObject<HTMLDivElement>, tracks.length, {
    gridLayouts: [...LAYOUTS],
  });
  const { maxTiles } = layout;
  const ordered = useGridOrder(tracks, maxTiles);
  const [wanted, setWanted] = useState(0);
  const pages = Math.max(1, Math.ceil(tracks.length / maxTiles));
  const page = Math.min(wanted, pages - 1);
  return (
    <>
      <div ref={element} className="lk-grid-layout">
        <TrackLoop tracks={ordered.slice(page * maxTiles, (page + 1) * maxTiles)}>{children}</TrackLoop>
      </div>
      {pages > 1 && (
        <div className="pages">
          <IconButton
            size="small"
            label={t('room.pageBefore')}
            disabled={page === 0}
            onClick={() => setWanted(page - 1)}
          >
            <ChevronLeft size={18} />
          </IconButton>
          <span>
            {page + 1} / {pages}
          </span>
          <IconButton
            size="small"
            label={t('room.pageAfter')}
            disabled={page === pages - 1}
            onClick={() => setWanted(page + 1)}
          >
            <ChevronRight size={18} />
          </IconButton>
        </div>
      )}
    </>
  );
}

/** Not LiveKit's `usePagination`: it loses count when a picture takes its placeholder's place (components-core 0.12.15). */
function useGridOrder(tracks: TrackReferenceOrPlaceholder[], perPage: number): TrackReferenceOrPlaceholder[] {
  const before = useRef<string[]>([]);
  const byKey = new Map(tracks.map((track) => [keyOf(track), track]));
  const speaking = new Set(useSpeakingParticipants().map(({ identity }) => identity));
  const isSpeaking = (key: string) => speaking.has(byKey.get(key)?.participant.identity ?? '');
  before.current = inGridOrder(before.current, [...byKey.keys()], perPage, isSpeaking);
  return before.current.flatMap((key) => byKey.get(key) ?? []);
}
