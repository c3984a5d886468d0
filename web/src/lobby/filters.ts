import type { RoomFilters } from '../api/rooms.ts';

/** What is looked for stands in the lobby's address: `?q=&topic=&language=&hasSeats=true`. */

/** The service takes no longer text (src/realtime/schemas.ts). */
export const LONGEST_Q = 100;
const LONGEST_TOPIC = 255;

/** What an address asks for. What the service would refuse is left out, so that no address breaks the list. */
export function filtersIn(search: string): RoomFilters {
  const params = new URLSearchParams(search);
  const q = textIn(params, 'q', LONGEST_Q);
  const topic = textIn(params, 'topic', LONGEST_TOPIC);
  const language = canonical(params.get('language'));
  return {
    ...(q === undefined ? {} : { q }),
    ...(topic === undefined ? {} : { topic }),
    ...(language === undefined ? {} : { language }),
    ...(params.get('hasSeats') === 'true' ? { hasSeats: true } : {}),
  };
}

/** The same address looking for something else; what else stands in it stays. `undefined` takes a filter away. */
export function searchWith(
  search: string,
  changes: { [Name in keyof RoomFilters]: string | undefined },
): string {
  const params = new URLSearchParams(search);
  for (const [name, value] of Object.entries(changes))
    if (value === undefined || value === '') params.delete(name);
    else params.set(name, value);
  return asSearch(params);
}

export const withoutFilters = (search: string): string =>
  searchWith(search, { q: undefined, topic: undefined, language: undefined, hasSeats: undefined });

export const isFiltered = (filters: RoomFilters): boolean => Object.keys(filters).length > 0;

/** Whether the address asks for the dialog in which a room is made. */
export const asksForNew = (search: string): boolean => new URLSearchParams(search).get('new') === '1';

export function withNew(search: string, open: boolean): string {
  const params = new URLSearchParams(search);
  if (open) params.set('new', '1');
  else params.delete('new');
  return asSearch(params);
}

const asSearch = (params: URLSearchParams): string => (params.size === 0 ? '' : `?${params}`);

function textIn(params: URLSearchParams, name: string, longest: number): string | undefined {
  return params.get(name)?.trim().slice(0, longest).trim() || undefined;
}

/** As the service spells it: `pt-br` is `pt-BR`. */
function canonical(tag: string | null): string | undefined {
  if (tag === null || tag.length > 35) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}
