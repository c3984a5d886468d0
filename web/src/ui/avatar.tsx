import type { CSSProperties } from 'react';
import { classes } from './button.tsx';

/** A person's first letters, in a colour that is always theirs. The name stands beside it, so it says nothing aloud. */
export function Avatar({ id, name, large }: { id: string; name: string; large?: boolean }) {
  return (
    <span
      className={classes('avatar', large && 'large')}
      style={{ '--hue': hueOf(id) } as CSSProperties}
      aria-hidden="true"
    >
      {initialsOf(name)}
    </span>
  );
}

/** The first letters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(
    (word) => [...(word ?? '')][0] ?? '',
  );
  return letters.join('').toLocaleUpperCase();
}

function hueOf(id: string): number {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return (hash * 47) % 360;
}
