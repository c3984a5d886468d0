import {
  isTrackReference,
  TrackLoop,
  type TrackReferenceOrPlaceholder,
  useTracks,
} from '@livekit/components-react';
import '@livekit/components-styles/components/layout';
import '@livekit/components-styles/components/participant';
import { RoomEvent, Track } from 'livekit-client';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Participant } from '../../api/types.ts';
import { classes } from '../../ui/button.tsx';
import { Grid } from './grid.tsx';
import { keyOf } from './person-of.ts';
import './stage.css';
import { Tile } from './tile.tsx';

/** Everybody in one grid; or one of them large, with the others beside: whoever shares a screen, or was picked. */
export function Stage({ people }: { people: readonly Participant[] }) {
  const tracks = useTracks(
    [
      { source: Track.Source.Camera, withPlaceholder: true },
      { source: Track.Source.ScreenShare, withPlaceholder: false },
    ],
    { updateOnlyOn: [RoomEvent.ActiveSpeakersChanged], onlySubscribed: false },
  );
  const [picked, setPicked] = useState<string | null>(null);
  const shared = tracks.findLast(
    (track) => isTrackReference(track) && track.source === Track.Source.ScreenShare,
  );
  const large = tracks.find((track) => keyOf(track) === picked) ?? shared;
  const pick = (track: TrackReferenceOrPlaceholder) =>
    setPicked(keyOf(track) === picked ? null : keyOf(track));
  const tile = { people, picked, onPick: pick };

  if (large === undefined)
    return (
      <div className="stage">
        <Grid tracks={tracks}>
          <Tile {...tile} />
        </Grid>
        {people.length === 1 && <Alone />}
      </div>
    );
  const others = tracks.filter((track) => track !== large);
  return (
    <div className="stage">
      <div className={classes('large-one', others.length === 0 && 'alone-there')}>
        <Tile trackRef={large} {...tile} />
        {others.length > 0 && (
          <div className="strip">
            <TrackLoop tracks={others}>
              <Tile {...tile} />
            </TrackLoop>
          </div>
        )}
      </div>
    </div>
  );
}

function Alone() {
  const { t } = useTranslation();
  return (
    <p className="alone">
      <UserPlus size={20} aria-hidden="true" />
      <span>
        <strong>{t('room.alone')}</strong>
        <br />
        {t('room.aloneText')}
      </span>
    </p>
  );
}
