import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FailureCode } from '../api/api-error.ts';
import { Button } from '../ui/button.tsx';
import { AccessFields, EncryptionField, InvitedField } from './protection-fields.tsx';
import './room-form.css';
import { AboutFields } from './about-fields.tsx';
import type { RoomValues } from './room-values.ts';
import { useRoomForm } from './use-room-form.ts';

/**
 * What a host says of their room, when they make it and when they change it: who may come in and encryption are decided
 * once. The room of the API is an `initial`; `changesOf` (room-values.ts) finds what was changed.
 */
export function RoomForm(props: {
  mode: 'new' | 'change';
  initial: Partial<RoomValues>;
  /** What it throws (ApiError) is shown: at its fields, or as a sentence. */
  onSubmit: (values: RoomValues) => Promise<void>;
  onCancel: () => void;
  onEdit?: (values: RoomValues) => void;
  /** What one can do about a failure, beside its sentence. */
  remedy?: (code: FailureCode) => ReactNode;
}) {
  const { mode, onCancel, remedy } = props;
  const { t } = useTranslation();
  const { form, submit, busy, failure, sentence, ...fields } = useRoomForm(props);
  return (
    <form
      ref={form}
      className="room-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <AboutFields {...fields} />
      {mode === 'new' && <AccessFields {...fields} />}
      {fields.draft.access === 'private' && <InvitedField {...fields} />}
      {mode === 'new' && <EncryptionField {...fields} />}
      {failure !== null && (
        <div className="banner danger" role="alert">
          <TriangleAlert size={18} aria-hidden="true" />
          <span>{sentence}</span>
          {remedy?.(failure)}
        </div>
      )}
      <div className="actions">
        <Button onClick={onCancel}>{t('common.cancel')}</Button>
        <Button type="submit" look="primary" aria-busy={busy} disabled={busy}>
          {busy && <span className="spinner" aria-hidden="true" />}
          {mode === 'new' ? t('lobby.form.make') : t('common.save')}
        </Button>
      </div>
    </form>
  );
}
