import { useLocalParticipant, useLocalParticipantPermissions } from '@livekit/components-react';
import { Track } from 'livekit-client';
import {
  Hand,
  LogOut,
  MessageSquare,
  Mic,
  MicOff,
  ScreenShare,
  ScreenShareOff,
  SlidersHorizontal,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { classes, IconButton } from '../ui/button.tsx';
import { DevicesDialog } from './devices-dialog.tsx';
import { LeaveDialog } from './leave-dialog.tsx';
import { useMeeting } from './meeting/use-meeting.ts';
import type { PanelName } from './panel/panel.tsx';

/** What one does in a room: always in the same place, within a thumb's reach. */
export function Controls({
  panel,
  onPanel,
}: {
  panel: PanelName | null;
  onPanel: (panel: PanelName | null) => void;
}) {
  const { t } = useTranslation();
  const { meeting, view, unread } = useMeeting();
  const { isMicrophoneEnabled, isCameraEnabled, isScreenShareEnabled } = useLocalParticipant();
  const canShare = useCanShareScreen();
  const [dialog, setDialog] = useState<'devices' | 'leave' | null>(null);
  const me = view?.people.find(({ userId }) => userId === meeting.me);
  const handIsUp = me?.isHandRaised ?? false;
  const othersAreIn = (view?.people.length ?? 0) > 1;
  const toggle = (name: PanelName) => onPanel(panel === name ? null : name);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row in every browser.
    <footer className="controls" role="group" aria-label={t('room.controls')}>
      <div className="group">
        <IconButton
          className={classes(!isMicrophoneEnabled && 'off')}
          label={isMicrophoneEnabled ? t('room.turnOffMicrophone') : t('room.turnOnMicrophone')}
          onClick={() => void meeting.toggleMicrophone()}
        >
          {isMicrophoneEnabled ? <Mic size={22} /> : <MicOff size={22} />}
        </IconButton>
        <IconButton
          className={classes(!isCameraEnabled && 'off')}
          label={isCameraEnabled ? t('room.turnOffCamera') : t('room.turnOnCamera')}
          onClick={() => void meeting.toggleCamera()}
        >
          {isCameraEnabled ? <Video size={22} /> : <VideoOff size={22} />}
        </IconButton>
        {canShare && (
          <IconButton
            className={classes('wide-only', isScreenShareEnabled && 'on')}
            label={isScreenShareEnabled ? t('room.stopSharing') : t('room.shareScreen')}
            onClick={() => void meeting.toggleScreen()}
          >
            {isScreenShareEnabled ? <ScreenShareOff size={22} /> : <ScreenShare size={22} />}
          </IconButton>
        )}
        <IconButton
          className={classes(handIsUp && 'on')}
          label={handIsUp ? t('room.lowerHand') : t('room.raiseHand')}
          aria-pressed={handIsUp}
          onClick={() => void meeting.setHandRaised(!handIsUp)}
        >
          <Hand size={22} />
        </IconButton>
        <IconButton label={t('room.devices')} onClick={() => setDialog('devices')}>
          <SlidersHorizontal size={22} />
        </IconButton>
      </div>
      <div className="group">
        <IconButton
          className={classes(panel === 'people' && 'on')}
          label={t('room.peopleCount', { count: view?.people.length ?? 0 })}
          aria-expanded={panel === 'people'}
          onClick={() => toggle('people')}
        >
          <Users size={22} />
          <span className="count" aria-hidden="true">
            {view?.people.length}
          </span>
        </IconButton>
        <IconButton
          className={classes(panel === 'chat' && 'on')}
          label={unread > 0 ? t('room.unread', { count: unread }) : t('room.chat')}
          aria-expanded={panel === 'chat'}
          onClick={() => toggle('chat')}
        >
          <MessageSquare size={22} />
          {unread > 0 && (
            <span className="count new" aria-hidden="true">
              {Math.min(unread, 99)}
            </span>
          )}
        </IconButton>
        <IconButton
          look="danger"
          className="leave"
          label={t('room.leave')}
          onClick={() => (me?.role === 'HOST' && othersAreIn ? setDialog('leave') : void meeting.leave())}
        >
          <LogOut size={22} />
        </IconButton>
      </div>
      {dialog === 'devices' && <DevicesDialog onClose={() => setDialog(null)} />}
      {dialog === 'leave' && <LeaveDialog onClose={() => setDialog(null)} />}
    </footer>
  );
}

/** This browser can, and the room lets us (LiveKit's grant; in rooms of ours the host). */
function useCanShareScreen(): boolean {
  const permissions = useLocalParticipantPermissions();
  if (typeof navigator.mediaDevices?.getDisplayMedia !== 'function' || !permissions?.canPublish) return false;
  const sources = permissions.canPublishSources;
  return sources.length === 0 || sources.includes(Track.sourceToProto(Track.Source.ScreenShare));
}
