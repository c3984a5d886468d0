import { Globe, LockKeyhole, ShieldCheck } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Field } from '../ui/field.tsx';
import type { FieldsProps } from './about-fields.tsx';

/** Who may come in. */
export function AccessFields({ draft, put, wrongIn }: FieldsProps) {
  const { t } = useTranslation();
  const wrong = wrongIn('access');
  const kinds = [
    { access: 'public', icon: <Globe size={20} />, hint: t('lobby.form.publicHint') },
    { access: 'private', icon: <LockKeyhole size={20} />, hint: t('lobby.form.privateHint') },
  ] as const;
  return (
    <fieldset className="field choices">
      <legend className="label">{t('lobby.form.access')}</legend>
      {kinds.map(({ access, icon, hint }) => (
        <Choice key={access} icon={icon} title={t(`lobby.form.${access}`)} hint={hint}>
          {(control) => (
            <input
              {...control}
              type="radio"
              name="access"
              value={access}
              checked={draft.access === access}
              onChange={() => put({ access })}
            />
          )}
        </Choice>
      ))}
      {wrong && <span className="wrong">{wrong}</span>}
    </fieldset>
  );
}

/** Whom a private room takes. */
export function InvitedField({ draft, put, wrongIn }: FieldsProps) {
  const { t } = useTranslation();
  return (
    <Field label={t('lobby.form.invited')} hint={t('lobby.form.invitedHint')} wrong={wrongIn('invited')}>
      {(control) => (
        <textarea
          {...control}
          className="input ids"
          name="invited"
          rows={3}
          spellCheck={false}
          autoComplete="off"
          value={draft.invited}
          onChange={({ target }) => put({ invited: target.value })}
        />
      )}
    </Field>
  );
}

export function EncryptionField({ draft, put, wrongIn }: FieldsProps) {
  const { t } = useTranslation();
  const wrong = wrongIn('e2ee');
  return (
    <div className="field choices">
      <Choice icon={<ShieldCheck size={20} />} title={t('common.encrypted')} hint={t('lobby.form.e2eeHint')}>
        {(control) => (
          <input
            {...control}
            type="checkbox"
            name="e2ee"
            checked={draft.e2ee}
            onChange={({ target }) => put({ e2ee: target.checked })}
          />
        )}
      </Choice>
      {wrong && <span className="wrong">{wrong}</span>}
    </div>
  );
}

/** One of the things to choose: what it is, and what it means. */
function Choice(props: {
  icon: ReactNode;
  title: string;
  hint: string;
  children: (control: { 'aria-labelledby': string; 'aria-describedby': string }) => ReactNode;
}) {
  const { icon, title, hint, children } = props;
  const id = useId();
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className="choice">
      {children({ 'aria-labelledby': `${id}-title`, 'aria-describedby': `${id}-hint` })}
      <span>
        <span className="title">
          {icon}
          <span id={`${id}-title`}>{title}</span>
        </span>
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      </span>
    </label>
  );
}
