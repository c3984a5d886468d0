import { useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { RoomFilters } from '../api/rooms.ts';
import { asksForNew, filtersIn, searchWith, withNew, withoutFilters } from './filters.ts';

export type Seek = (
  changes: { [Name in keyof RoomFilters]: string | undefined },
  options?: { replace?: boolean },
) => void;

/** What the address says, and how to make it say something else. */
export function useFilters() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const filters = useMemo(() => filtersIn(search), [search]);
  const go = (to: string, options?: { replace?: boolean }): void => {
    if (to !== location.search) navigate(`/${to}`, options);
  };
  // As the address is by then: what was typed comes a moment later.
  const seek: Seek = (changes, options) => go(searchWith(location.search, changes), options);
  return {
    filters,
    seek,
    clear: () => go(withoutFilters(location.search)),
    isMaking: asksForNew(search),
    setMaking: (open: boolean) => go(withNew(location.search, open), { replace: !open }),
  };
}
