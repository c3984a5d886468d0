import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, codeOf, type FailureCode } from '../api/api-error.ts';
import { sentenceFor } from '../ui/words.ts';
import {
  draftOf,
  type RoomDraft,
  type RoomField,
  type RoomValues,
  refusedFields,
  valuesOf,
  wrongIn,
} from './room-values.ts';

/** Here nobody keeps trying: whoever typed it sends it again. */
const NO_ANSWER: ReadonlySet<FailureCode> = new Set([
  'UNREACHABLE',
  'GATEWAY_NO_INSTANCE',
  'STORE_UNAVAILABLE',
]);

/** What is wrong with a field. */
type Wrong = Readonly<Partial<Record<RoomField, string>>>;

type Options = Readonly<{
  initial: Partial<RoomValues>;
  onSubmit: (values: RoomValues) => Promise<void>;
  onEdit?: ((values: RoomValues) => void) | undefined;
}>;

/** What is typed, what is wrong with it, and whether it is on its way. What was typed stays whatever happens. */
export function useRoomForm({ initial, onSubmit, onEdit }: Options) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<RoomDraft>(() => draftOf(initial));
  const [wrong, setWrong] = useState<Wrong>({});
  const [failure, setFailure] = useState<FailureCode | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  function put(changes: Partial<RoomDraft>): void {
    const next = { ...draft, ...changes };
    setDraft(next);
    setWrong(Object.fromEntries(Object.entries(wrong).filter(([field]) => !(field in changes))));
    onEdit?.(valuesOf(next));
  }

  const aboutEach = (fields: readonly RoomField[]): Wrong =>
    Object.fromEntries(fields.map((field) => [field, t(`lobby.form.wrong.${field}`)]));

  function show(about: Wrong, code: FailureCode | null): void {
    setWrong(about);
    setFailure(code);
    const [first] = Object.keys(about);
    // After it was drawn as wrong, so that it is said to be.
    if (first)
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus());
  }

  async function submit(): Promise<void> {
    if (busy) return;
    const values = valuesOf(draft);
    const missing = wrongIn(values);
    show(aboutEach(missing), null);
    if (missing.length > 0) return;
    setBusy(true);
    try {
      await onSubmit(values);
    } catch (error) {
      const code = codeOf(error);
      const fields = error instanceof ApiError ? refusedFields(error.fields) : [];
      if (code === 'TOO_FEW_SEATS') show({ seats: sentenceFor(t, code) }, null);
      else show(aboutEach(fields), fields.length > 0 ? null : code);
    } finally {
      setBusy(false);
    }
  }

  return {
    form,
    draft,
    put,
    submit,
    busy,
    failure,
    sentence: failure && (NO_ANSWER.has(failure) ? t('lobby.form.noAnswer') : sentenceFor(t, failure)),
    wrongIn: (field: RoomField): string | undefined => wrong[field],
  };
}
