import { useTranslation } from 'react-i18next';
import { sentenceFor } from '../ui/words.ts';
import { useMeeting } from './meeting/use-meeting.ts';

/** What happens, in passing; read aloud as well. */
export function Newsreel() {
  const { t } = useTranslation();
  const { news } = useMeeting();
  return (
    <div className="newsreel" role="log" aria-live="polite">
      {news.map((one) => (
        <p key={one.id}>
          {one.kind === 'failed'
            ? sentenceFor(t, one.code)
            : t(`room.news.${one.kind}`, { name: 'name' in one ? one.name : '' })}
        </p>
      ))}
    </div>
  );
}
