import { RoomAudioRenderer, RoomContext } from '@livekit/components-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../auth/auth.tsx';
import { Button } from '../ui/button.tsx';
import { Loading } from '../ui/loading.tsx';
import { Notice } from '../ui/notice.tsx';
import { Banners } from './banners.tsx';
import { Controls } from './controls.tsx';
import './meeting.css';
import type { Choices } from './meeting/choices.ts';
import type { Ending } from './meeting/ending.ts';
import { createMeeting, type Meeting } from './meeting/meeting.ts';
import { canEncrypt, openLiveKit } from './meeting/open-livekit.ts';
import { MeetingContext } from './meeting/use-meeting.ts';
import { MeetingHeader } from './meeting-header.tsx';
import { Newsreel } from './newsreel.tsx';
import { Panel, type PanelName } from './panel/panel.tsx';
import { Stage } from './stage/stage.tsx';

/** Inside the room, from taking the seat until the visit is over. */
export function MeetingPage(props: {
  roomId: string;
  me: string;
  /** The key of an encrypted room. */
  encryptionKey: string | null;
  choices: Choices;
  onEnd: (ending: Ending) => void;
}) {
  const { roomId, me, encryptionKey, choices, onEnd } = props;
  const session = useSession();
  const [meeting, setMeeting] = useState<Meeting | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a visit begins once, with what was chosen then.
  useEffect(() => {
    if (encryptionKey !== null && !canEncrypt()) return onEnd('no-encryption');
    let opened: Meeting | null = null;
    let gone = false;
    void openLiveKit(encryptionKey, choices).then((livekit) => {
      if (gone) return;
      opened = createMeeting({ roomId, me, session, livekit, choices });
      opened.begin();
      setMeeting(opened);
    });
    return () => {
      gone = true;
      opened?.drop();
      setMeeting(null);
    };
  }, [roomId, me]);

  if (meeting === null) return <Loading />;
  return (
    <MeetingContext value={meeting}>
      <RoomContext value={meeting.livekit}>
        <Inside meeting={meeting} onEnd={onEnd} />
      </RoomContext>
    </MeetingContext>
  );
}

function Inside({ meeting, onEnd }: { meeting: Meeting; onEnd: (ending: Ending) => void }) {
  const { view, isUp, ending } = useSyncExternalStore(meeting.store.onChange, meeting.store.get);
  const [panel, setPanel] = useState<PanelName | null>(null);
  useEffect(() => {
    if (ending !== null) onEnd(ending);
  }, [ending, onEnd]);
  useEffect(() => meeting.readChat(panel === 'chat'), [meeting, panel]);

  if (view === null) return <Joining isUp={isUp} onLeave={() => void meeting.leave()} />;
  return (
    <div className="meeting" data-panel={panel ?? undefined}>
      <MeetingHeader room={view.room} />
      <main className="middle">
        <div className="floor">
          <Banners />
          <Stage people={view.people} />
        </div>
        {panel && <Panel name={panel} onClose={() => setPanel(null)} />}
      </main>
      <Controls panel={panel} onPanel={setPanel} />
      <Newsreel />
      <RoomAudioRenderer />
    </div>
  );
}

/** Taking the seat; when that is not answered, it says so, and is tried all the same. */
function Joining({ isUp, onLeave }: { isUp: boolean; onLeave: () => void }) {
  const { t } = useTranslation();
  return (
    <main className="meeting">
      {isUp ? (
        <Loading label={t('room.joining')} />
      ) : (
        <Notice
          tone="warn"
          title={t('room.joining')}
          text={t('errors.UNREACHABLE')}
          action={<Button onClick={onLeave}>{t('common.cancel')}</Button>}
        />
      )}
    </main>
  );
}
