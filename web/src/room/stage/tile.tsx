import {
  isTrackReference,
  ParticipantTile,
  type TrackReferenceOrPlaceholder,
  useEnsureTrackRef,
  useIsMuted,
  useMaybeTrackRefContext,
  VideoTrack,
} from '@livekit/components-react';
import { Track } from 'livekit-client';
import { Hand, Maximize2, MicOff, Minimize2, ShieldAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Participant } from '../../api/types.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { IconButton } from '../../ui/button.tsx';
import { useMeeting } from '../meeting/use-meeting.ts';
import { keyOf, personOf, userIdOf } from './person-of.ts';

type TileProps = {
  people: readonly Participant[];
  picked: string | null;
  onPick: (track: TrackReferenceOrPlaceholder) => void;
};

/** One picture: a person, or their screen. @param props.trackRef without it the one of the layout around */
export function Tile({ trackRef, ...props }: TileProps & { trackRef?: TrackReferenceOrPlaceholder }) {
  const around = useMaybeTrackRefContext();
  const track = useEnsureTrackRef(trackRef ?? around);
  const name = useNameOf(track, props.people);
  return (
    <ParticipantTile trackRef={track} role="group" aria-label={name}>
      <Inner track={track} name={name} {...props} />
    </ParticipantTile>
  );
}

function useNameOf(
  { participant, source }: TrackReferenceOrPlaceholder,
  people: readonly Participant[],
): string {
  const { t } = useTranslation();
  const name = personOf(people, participant.identity)?.name ?? (participant.name || participant.identity);
  if (source === Track.Source.ScreenShare) return t('room.screenOf', { name });
  return participant.isLocal ? t('room.youName', { name }) : name;
}

function Inner({
  track,
  name,
  people,
  picked,
  onPick,
}: TileProps & { track: TrackReferenceOrPlaceholder; name: string }) {
  const { t } = useTranslation();
  const { undecryptable } = useMeeting();
  const { participant, source } = track;
  const person = personOf(people, participant.identity);
  const isCamera = source === Track.Source.Camera;
  const isSilent = useIsMuted({ participant, source: Track.Source.Microphone });
  const isDark = useIsMuted({ participant, source });
  const cannotRead = undecryptable.has(participant.identity);
  const isPicked = picked === keyOf(track);
  return (
    <>
      {isTrackReference(track) && !isDark && !cannotRead ? (
        <VideoTrack trackRef={track} />
      ) : (
        <div className="no-picture">
          {cannotRead ? (
            <p>
              <ShieldAlert size={22} aria-hidden="true" />
              {t('room.cannotDecrypt')}
            </p>
          ) : (
            <Avatar
              id={userIdOf(participant.identity)}
              name={person?.name ?? participant.name ?? '?'}
              large
            />
          )}
        </div>
      )}
      <div className="caption">
        {isCamera && person?.isHandRaised && (
          <span className="hand" role="img" aria-label={t('room.handIsUp')}>
            <Hand size={16} />
          </span>
        )}
        <span className="name">{name}</span>
        {isCamera && isSilent && (
          <span role="img" aria-label={t('room.isMuted')}>
            <MicOff size={15} />
          </span>
        )}
      </div>
      <IconButton
        size="small"
        className="pick"
        label={isPicked ? t('room.unpin') : t('room.pin', { name })}
        onClick={() => onPick(track)}
      >
        {isPicked ? <Minimize2 size={16} /> : <Maximize2 size={16} />}
      </IconButton>
    </>
  );
}
