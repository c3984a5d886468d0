import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Participant } from '../../api/types.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { Button } from '../../ui/button.tsx';
import { useMeeting } from '../meeting/use-meeting.ts';

/**
 * Who was put out, for the host to let back in.
 * @param props.people who is in; when that changes, this may have as well
 */
export function KeptOut({ people }: { people: readonly Participant[] }) {
  const { t } = useTranslation();
  const { meeting } = useMeeting();
  const [out, setOut] = useState<readonly Participant[]>([]);
  const ids = people.map(({ userId }) => userId).join();

  const load = useCallback(() => meeting.keptOut().then(setOut, () => {}), [meeting]);
  useEffect(() => {
    void ids;
    void load();
  }, [ids, load]);

  if (out.length === 0) return null;
  return (
    <section>
      <h3>{t('room.keptOut')}</h3>
      <ul>
        {out.map(({ userId, name }) => (
          <li key={userId} className="person">
            <Avatar id={userId} name={name} />
            <span className="name">{name}</span>
            <Button size="small" look="outline" onClick={() => void meeting.forgive(userId).then(load)}>
              {t('room.forgive')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
