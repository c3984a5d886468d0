import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isPassing } from '../api/api-error.ts';
import { useAuth } from '../auth/auth.tsx';
import { keyIn } from '../room-key.ts';
import { useRoomLook } from '../room-look/use-room-look.ts';
import { Button } from '../ui/button.tsx';
import { Loading } from '../ui/loading.tsx';
import { Notice } from '../ui/notice.tsx';
import { Shell } from '../ui/shell.tsx';
import { usePageTitle } from '../ui/use-page-title.ts';
import { sentenceFor } from '../ui/words.ts';
import { EndingPage } from './ending-page.tsx';
import { KeyPage } from './key-page.tsx';
import { type Choices, choicesOfLastTime, nowIn, wasIn } from './meeting/choices.ts';
import { type Ending, endingOfCode } from './meeting/ending.ts';
import { MeetingPage } from './meeting-page.tsx';
import { Prejoin } from './prejoin/prejoin.tsx';
import { SignInPage } from './sign-in-page.tsx';

/** One room, from outside to inside and out again: `/meet/<id>`, the key of an encrypted one in the fragment. */
export function RoomPage({ roomId }: { roomId: string }) {
  const { t } = useTranslation();
  const { known, user, lapsed } = useAuth();
  // A tab that is loaded anew goes back in as it was.
  const [choices, setChoices] = useState<Choices | null>(() => (wasIn(roomId) ? choicesOfLastTime() : null));
  const [ending, setEnding] = useState<Ending | null>(null);
  const [key, setKey] = useState(() => keyIn(location.hash));
  const look = useRoomLook(roomId, ending !== null ? 'off' : choices === null ? 'follow' : 'once');
  usePageTitle(look.room?.title);

  function begin(chosen: Choices): void {
    nowIn(roomId);
    setChoices(chosen);
  }
  function end(reason: Ending): void {
    // Who signs in again, or takes over from another window, goes straight back in.
    if (reason !== 'signed-out') nowIn(null);
    setChoices(null);
    setEnding(reason);
  }
  function again(straightIn: boolean): void {
    setEnding(null);
    look.reload();
    if (straightIn) begin(choicesOfLastTime());
  }

  if (ending !== null) return framed(<EndingPage ending={ending} onAgain={again} />);
  if (!known) return framed(<Loading />);
  if (look.failure !== null && look.room === null) {
    const refusal = endingOfCode(look.failure);
    if (refusal === 'signed-out' && user === null)
      return framed(<SignInPage roomId={roomId} room={null} lapsed={lapsed} />);
    if (refusal !== null) return framed(<EndingPage ending={refusal} onAgain={again} />);
    return framed(
      <Notice
        tone="warn"
        title={sentenceFor(t, look.failure)}
        action={!isPassing(look.failure) && <Button onClick={look.reload}>{t('common.tryAgain')}</Button>}
      />,
    );
  }
  if (look.room === null) return framed(<Loading />);
  if (look.room.status === 'ENDED') return framed(<EndingPage ending="ended" onAgain={again} />);
  if (user === null) return framed(<SignInPage roomId={roomId} room={look.room} lapsed={lapsed} />);
  if (look.room.e2ee && key === null) return framed(<KeyPage roomId={roomId} onKey={setKey} />);
  if (choices === null) return framed(<Prejoin room={look.room} onJoin={begin} />);
  return (
    <MeetingPage
      roomId={roomId}
      me={user.id}
      encryptionKey={look.room.e2ee ? key : null}
      choices={choices}
      onEnd={end}
    />
  );
}

const framed = (content: React.ReactNode) => <Shell>{content}</Shell>;
