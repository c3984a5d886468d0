import { X } from 'lucide-react';
import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button.tsx';

/** A dialog over the page, as the browser itself has it: it holds the focus, and Escape closes it. */
export function Dialog(props: { title: string; onClose: () => void; children: ReactNode }) {
  const { title, onClose, children } = props;
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  // Closed while it is still on the page: then the focus goes back to where it came from.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // To what the dialog is for, and not to the button that closes it.
    shown?.querySelector<HTMLElement>('.body :is(input, select, textarea, button, a[href])')?.focus();
    return () => shown?.close();
  }, []);

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header>
        <h2 id={titleId}>{title}</h2>
        <IconButton label={t('common.close')} look="bare" onClick={onClose}>
          <X size={20} />
        </IconButton>
      </header>
      <div className="body">{children}</div>
    </dialog>
  );
}
