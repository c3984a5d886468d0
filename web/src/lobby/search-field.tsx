import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../ui/button.tsx';
import { LONGEST_Q } from './filters.ts';

/** Looking for each letter would ask the service more than anybody wants to know. Milliseconds. */
const RESTED = 300;

/** The text that is looked for: told when typing rests, and changed when the address says something else. */
export function SearchField({ q, onSeek }: { q: string; onSeek: (q: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(q);
  const [shown, setShown] = useState(q);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const input = useRef<HTMLInputElement>(null);

  if (q !== shown) {
    setShown(q);
    // What is typed may have a space at its end, which is not looked for.
    if (q !== typed.trim()) setTyped(q);
  }
  // Whatever else changed the address, or left it, was later than what is still waiting.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each q begins anew
  useEffect(() => () => clearTimeout(waiting.current), [q]);

  function seek(text: string, after: number): void {
    setTyped(text);
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => onSeek(text.trim()), after);
  }

  return (
    <search className="search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          seek(typed, 0);
        }}
      >
        <Search className="sign" size={18} aria-hidden="true" />
        <input
          ref={input}
          className="input"
          type="text"
          inputMode="search"
          enterKeyHint="search"
          aria-label={t('lobby.search')}
          placeholder={t('lobby.search')}
          maxLength={LONGEST_Q}
          autoComplete="off"
          value={typed}
          onChange={({ target }) => seek(target.value, RESTED)}
        />
        {typed !== '' && (
          <IconButton
            label={t('lobby.clearSearch')}
            look="bare"
            size="small"
            onClick={() => {
              seek('', 0);
              input.current?.focus();
            }}
          >
            <X size={16} />
          </IconButton>
        )}
      </form>
    </search>
  );
}
