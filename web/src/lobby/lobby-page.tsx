import { useTranslation } from 'react-i18next';

export function LobbyPage() {
  const { t } = useTranslation();
  return <h1>{t('lobby.title')}</h1>;
}
