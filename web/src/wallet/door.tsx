import { useTranslation } from 'react-i18next';
import { isPassing } from '../api/api-error.ts';
import { userOfWallet } from '../chain-names.ts';
import type { useRoomLook } from '../room-look/use-room-look.ts';
import { WhoIsIn } from '../room-look/who-is-in.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { sentenceFor } from '../ui/words.ts';
import { AccountLink } from './account-link.tsx';

type RoomLook = Pick<ReturnType<typeof useRoomLook>, 'room' | 'failure'>;

/** Before the join: which room, by which wallet. */
export function Door(props: {
  roomId: string;
  look: RoomLook;
  wallet: string | null;
  onJoin: () => Promise<void>;
}) {
  const { roomId, look, wallet, onJoin } = props;
  const { t } = useTranslation();
  const refusal = refusalOf(look);
  return (
    <>
      <header>
        <h1>{look.room?.title ?? t('wallet.title')}</h1>
        <p className="quiet">
          <AboutRoom look={look} />
        </p>
      </header>
      {refusal ? (
        <p className="banner" role="alert">
          {sentenceFor(t, refusal)}
        </p>
      ) : (
        <>
          <DemoWallet address={wallet} />
          <Button look="primary" className="join" onClick={() => void onJoin()}>
            {t('wallet.join')}
          </Button>
        </>
      )}
      <AccountLink roomId={roomId} />
    </>
  );
}

/** What is known beforehand; the rest the contract's answer tells. */
function refusalOf({ room }: RoomLook) {
  if (room?.status === 'ENDED') return 'ROOM_ENDED';
  return room?.e2ee ? 'SDP_IMPOSSIBLE_E2EE' : null;
}

function AboutRoom({ look: { room, failure } }: { look: RoomLook }) {
  const { t } = useTranslation();
  if (room) return <WhoIsIn room={room} />;
  if (failure === 'ROOM_NOT_FOUND') return t('wallet.newRoom');
  if (failure === null) return t('common.loading');
  return isPassing(failure) ? sentenceFor(t, failure) : t('wallet.hiddenRoom');
}

function DemoWallet({ address }: { address: string | null }) {
  const { t } = useTranslation();
  return (
    <div className="demo-wallet">
      <Avatar id={userOfWallet(address ?? '')} name={address ?? '0x'} />
      <div>
        <strong>{t('wallet.demo')}</strong>
        <code title={address ?? undefined}>
          {address === null ? t('wallet.preparing') : shortened(address)}
        </code>
        <span className="quiet">{t('wallet.demoHint')}</span>
      </div>
    </div>
  );
}

const shortened = (address: string): string => `${address.slice(0, 10)}…${address.slice(-8)}`;
