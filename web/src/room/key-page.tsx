import { LockKeyhole } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keyIn, withKey } from '../room-key.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import './key-page.css';

/** An encrypted room whose address came without its key. The key goes into this address's fragment, and no further. */
export function KeyPage({ roomId, onKey }: { roomId: string; onKey: (key: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState(false);

  function take(event: FormEvent): void {
    event.preventDefault();
    const given = text.trim();
    const key = keyIn(given.includes('#') ? given.slice(given.indexOf('#')) : `#key=${given}`);
    setWrong(key === null);
    if (key === null) return;
    history.replaceState(null, '', withKey(`/meet/${encodeURIComponent(roomId)}`, key));
    onKey(key);
  }

  return (
    <Notice
      icon={<LockKeyhole />}
      title={t('room.keyTitle')}
      text={t('room.keyText')}
      action={
        <form className="key-form" onSubmit={take}>
          <Field label={t('room.keyLabel')} wrong={wrong ? t('room.keyWrong') : undefined}>
            {(control) => (
              <input
                {...control}
                className="input"
                value={text}
                onChange={({ target }) => setText(target.value)}
                autoComplete="off"
                spellCheck={false}
                required
              />
            )}
          </Field>
          <Button look="primary" type="submit">
            {t('room.keyUse')}
          </Button>
        </form>
      }
    />
  );
}
