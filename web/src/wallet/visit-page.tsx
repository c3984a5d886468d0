import { LogOut } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { userOfWallet } from '../chain-names.ts';
import { useRoomLook } from '../room-look/use-room-look.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import '../ui/threshold.css';
import { usePageTitle } from '../ui/use-page-title.ts';
import { Door } from './door.tsx';
import { Inside } from './inside.tsx';
import { Look } from './look.tsx';
import { useVisit } from './use-visit.ts';
import { WayIn } from './way-in.tsx';
import './wallet.css';

type Props = { roomId: string; roomKey: string; rpcUrl: string };

/** One visit of a wallet, from the door to the way out. */
export function VisitPage({ roomId, roomKey, rpcUrl }: Props) {
  const { t } = useTranslation();
  const { visit, media, state, devices } = useVisit(roomKey, rpcUrl);
  const { phase, wallet } = state;
  const look = useRoomLook(roomId, phase === 'left' ? 'off' : 'follow');
  usePageTitle(look.room?.title ?? t('wallet.title'));

  const isIn = phase === 'in';
  const { reload } = look;
  useEffect(() => {
    // Who is in, now with oneself; or the room that the join has made.
    if (isIn) reload();
  }, [isIn, reload]);

  const isEnded = look.room?.status === 'ENDED';
  const isSeen = look.room?.participants.some(({ userId }) => userId === userOfWallet(wallet ?? ''));
  const wasSeen = useRef(false);
  useEffect(() => {
    if (isIn && wasSeen.current && isEnded) visit.end('ROOM_ENDED');
    if (isIn && wasSeen.current && isSeen === false) visit.end('NO_SEAT');
    wasSeen.current = isIn && (isSeen ?? wasSeen.current);
  }, [visit, isIn, isEnded, isSeen]);

  if (phase === 'left')
    return (
      <Notice
        icon={<LogOut />}
        title={t('wallet.leftTitle')}
        text={t('wallet.leftText')}
        action={
          <>
            <Button look="primary" onClick={() => void visit.join()}>
              {t('room.rejoin')}
            </Button>
            <Link className="button" href="/">
              {t('common.toLobby')}
            </Link>
          </>
        }
      />
    );
  return (
    <div className="threshold wallet-visit">
      <Look devices={devices} wallet={wallet} onToggle={media.toggle} />
      <section className="door">
        {phase === 'ready' && <Door roomId={roomId} look={look} wallet={wallet} onJoin={visit.join} />}
        {(phase === 'joining' || phase === 'failed') && (
          <WayIn roomId={roomId} visit={visit} state={state} room={look.room} />
        )}
        {isIn && <Inside state={state} look={look} onLeave={() => void visit.leave()} />}
      </section>
    </div>
  );
}
