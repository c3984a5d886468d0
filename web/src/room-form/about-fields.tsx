import { useTranslation } from 'react-i18next';
import { Field } from '../ui/field.tsx';
import { languageOptions } from '../ui/languages.ts';
import { MOST_TEXT, type RoomDraft, type RoomField, SEATS } from './room-values.ts';

export type FieldsProps = Readonly<{
  draft: RoomDraft;
  put: (changes: Partial<RoomDraft>) => void;
  wrongIn: (field: RoomField) => string | undefined;
}>;

/** What the room is about, and for how many. */
export function AboutFields({ draft, put, wrongIn }: FieldsProps) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Field label={t('lobby.form.title')} wrong={wrongIn('title')}>
        {(control) => (
          <input
            {...control}
            className="input"
            name="title"
            required
            maxLength={MOST_TEXT}
            autoComplete="off"
            value={draft.title}
            onChange={({ target }) => put({ title: target.value })}
          />
        )}
      </Field>
      <Field label={t('lobby.form.topic')} hint={t('lobby.form.topicHint')} wrong={wrongIn('topic')}>
        {(control) => (
          <input
            {...control}
            className="input"
            name="topic"
            maxLength={MOST_TEXT}
            autoComplete="off"
            value={draft.topic}
            onChange={({ target }) => put({ topic: target.value })}
          />
        )}
      </Field>
      <div className="pair">
        <Field label={t('lobby.form.language')} wrong={wrongIn('language')}>
          {(control) => (
            <select
              {...control}
              className="input"
              name="language"
              value={draft.language}
              onChange={({ target }) => put({ language: target.value })}
            >
              <option value="">{t('lobby.form.noLanguage')}</option>
              {languageOptions(i18n.language, draft.language).map(({ tag, name }) => (
                <option key={tag} value={tag}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={t('lobby.form.seats')} wrong={wrongIn('seats')}>
          {(control) => (
            <input
              {...control}
              className="input"
              name="seats"
              type="number"
              inputMode="numeric"
              min={SEATS.fewest}
              max={SEATS.most}
              required
              value={draft.seats}
              onChange={({ target }) => put({ seats: target.value })}
            />
          )}
        </Field>
      </div>
    </>
  );
}
