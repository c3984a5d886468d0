import { Clock, Languages, LockKeyhole } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Room } from '../api/types.ts';
import { Avatar } from '../ui/avatar.tsx';
import { classes } from '../ui/button.tsx';
import { languageName } from '../ui/words.ts';
import { ageInWords } from './age.ts';
import './room-card.css';
import { isFull } from './room-matches.ts';
import { Seats } from './seats.tsx';

/** A room in the list. All of the card leads into it; its topic looks for more of the same. */
export function RoomCard(props: {
  room: Room;
  now: number;
  /** It came while one was looking. */
  isNew: boolean;
  onTopic: (topic: string) => void;
}) {
  const { room, now, isNew, onTopic } = props;
  const { t, i18n } = useTranslation();
  return (
    <article className={classes('room-card', isNew && 'new')}>
      <h3>
        <Link href={`/meet/${encodeURIComponent(room.id)}`}>{room.title}</Link>
      </h3>
      <Facts room={room} age={ageInWords(room.createdAt, now, i18n.language)} onTopic={onTopic} />
      <div className="foot">
        {room.hostName === null ? (
          <span />
        ) : (
          <span className="host">
            <Avatar id={room.hostId} name={room.hostName} />
            <span className="only-read">{t('lobby.host')}</span>
            <span className="name" title={room.hostName}>
              {room.hostName}
            </span>
          </span>
        )}
        <Seats taken={room.joinedParticipants} all={room.maxParticipants} />
      </div>
    </article>
  );
}

function Facts(props: { room: Room; age: string | null; onTopic: (topic: string) => void }) {
  const { room, age, onTopic } = props;
  const { t, i18n } = useTranslation();
  const { topic } = room;
  return (
    <ul className="facts">
      {isFull(room) && <li className="badge warn">{t('lobby.full')}</li>}
      {room.e2ee && (
        <li className="badge accent" title={t('lobby.encryptedHint')}>
          <LockKeyhole size={12} aria-hidden="true" />
          {t('lobby.encrypted')}
        </li>
      )}
      {topic !== null && (
        <li>
          <button
            type="button"
            className="topic"
            aria-label={t('lobby.moreOfTopic', { topic })}
            title={t('lobby.moreOfTopic', { topic })}
            onClick={() => onTopic(topic)}
          >
            {topic}
          </button>
        </li>
      )}
      {room.language !== null && (
        <li className="fact">
          <Languages size={14} aria-hidden="true" />
          {languageName(room.language, i18n.language)}
        </li>
      )}
      <li className="fact">
        <Clock size={14} aria-hidden="true" />
        {age === null ? t('lobby.justNow') : t('lobby.liveFor', { age })}
      </li>
    </ul>
  );
}
