import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { useCopy } from './use-copy.ts';

/** A text that is to be passed on: shown, and copied at a press. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  const { copied, copy } = useCopy();
  return (
    <span className="copy-text">
      <span className="small quiet">{label}</span>
      <code>{text}</code>
      <Button size="small" look="outline" onClick={() => void copy(text)}>
        {copied ? <Check size={16} /> : <Copy size={16} />}
        <span aria-live="polite">{copied ? t('common.copied') : t('common.copy')}</span>
      </Button>
    </span>
  );
}
