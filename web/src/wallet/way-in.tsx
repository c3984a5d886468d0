import { useTranslation } from 'react-i18next';
import type { RoomWithParticipants } from '../api/types.ts';
import { userOfWallet } from '../chain-names.ts';
import { Button } from '../ui/button.tsx';
import { CopyText } from '../ui/copy-text.tsx';
import { sentenceFor } from '../ui/words.ts';
import { AccountLink } from './account-link.tsx';
import { FocusedHeading } from './focused-heading.tsx';
import { Steps } from './steps.tsx';
import type { Visit, VisitState } from './visit/visit.ts';

/** A join that is under way, or has come to nothing. */
export function WayIn(props: {
  roomId: string;
  visit: Visit;
  state: VisitState;
  room: RoomWithParticipants | null;
}) {
  const { roomId, visit, state, room } = props;
  const { failure, step, wallet } = state;
  const { t } = useTranslation();
  return (
    <>
      <header>
        <FocusedHeading of={state.phase}>{room?.title ?? t('wallet.title')}</FocusedHeading>
      </header>
      <Steps state={state} />
      {/* Always there, so that what is said in it is heard. */}
      <p className="doing quiet" role="status">
        {failure === null && t(`wallet.doing.${step}`)}
      </p>
      {failure === null ? (
        <Button onClick={() => void visit.cancel()}>{t('common.cancel')}</Button>
      ) : (
        <>
          <p className="banner danger" role="alert">
            {sentenceFor(t, failure)}
          </p>
          {failure === 'NOT_INVITED' && wallet && (
            <CopyText label={t('wallet.walletId')} text={userOfWallet(wallet)} />
          )}
          <Button look="primary" className="join" onClick={() => void visit.join()}>
            {t('common.tryAgain')}
          </Button>
          <AccountLink roomId={roomId} />
        </>
      )}
    </>
  );
}
