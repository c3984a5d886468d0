import { type ReactNode, useId } from 'react';

/** A labelled control with its hint, and what is wrong with it; the control takes `id`, `aria-describedby`, `aria-invalid`. */
export function Field(props: {
  label: string;
  hint?: string | undefined;
  wrong?: string | undefined;
  children: (control: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean;
  }) => ReactNode;
}) {
  const { label, hint, wrong, children } = props;
  const id = useId();
  const about = hint || wrong ? `${id}-about` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': about, 'aria-invalid': wrong !== undefined })}
      {about && (
        <span id={about} className={wrong ? 'wrong' : 'hint'}>
          {wrong ?? hint}
        </span>
      )}
    </div>
  );
}
