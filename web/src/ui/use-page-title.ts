import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

/** The name of what is shown, then the name of the page. */
export function usePageTitle(title?: string): void {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = title ? `${title} · ${t('common.name')}` : t('common.name');
  }, [title, t]);
}
