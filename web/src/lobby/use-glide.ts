import { type RefObject, useLayoutEffect, useRef } from 'react';

type Place = Readonly<{ left: number; top: number }>;
const TAKES = 260;

/** When rooms come and go, those that stay glide to their new places, so that eyes can follow. */
export function useGlide(list: RefObject<HTMLElement | null>): void {
  const before = useRef<{ width: number; places: Map<string, Place> }>({ width: 0, places: new Map() });

  useLayoutEffect(() => {
    const shown = list.current;
    if (shown === null) return;
    const items = [...shown.children].filter((item) => item instanceof HTMLElement);
    const places = new Map<string, Place>();
    for (const item of items)
      places.set(item.dataset['room'] ?? '', { left: item.offsetLeft, top: item.offsetTop });
    const { width, places: former } = before.current;
    before.current = { width: shown.clientWidth, places };
    // Another width is another grid: nothing to follow.
    if (width !== shown.clientWidth || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    for (const item of items) glide(item, former.get(item.dataset['room'] ?? ''), places);
  });
}

function glide(item: HTMLElement, from: Place | undefined, places: ReadonlyMap<string, Place>): void {
  const to = places.get(item.dataset['room'] ?? '');
  if (from === undefined || to === undefined || (from.left === to.left && from.top === to.top)) return;
  item.animate(
    [{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px)` }, { transform: 'none' }],
    { duration: TAKES, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' },
  );
}
