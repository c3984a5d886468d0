import { Wallet } from 'lucide-react';
import { createContext, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { roomKeyOf } from './chain-names.ts';

/** Where the deployment's chain is asked; empty where it has none. */
export const ChainContext = createContext('');
export const useChainUrl = (): string => useContext(ChainContext);

/** The other way into a room, where there is one. */
export function WalletLink({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const chainUrl = useChainUrl();
  if (chainUrl === '' || roomKeyOf(roomId) === null) return null;
  return (
    <Link className="button bare" href={`/meet/${encodeURIComponent(roomId)}/wallet`}>
      <Wallet size={18} aria-hidden="true" />
      {t('wallet.instead')}
    </Link>
  );
}
