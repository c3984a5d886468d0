import { useTranslation } from 'react-i18next';
import { classes } from '../ui/button.tsx';

/** So many seats are drawn one by one; more are a bar. */
const MOST_DOTS = 12;

/** The seats of a room: how many are taken, as a picture and in numbers. */
export function Seats({ taken, all }: { taken: number; all: number }) {
  const { t } = useTranslation();
  return (
    <span className={classes('seats', taken >= all && 'full')}>
      {all <= MOST_DOTS ? (
        <span className="dots" aria-hidden="true">
          {Array.from({ length: all }, (_, seat) => seat).map((seat) => (
            <span key={seat} className={seat < taken ? 'taken' : undefined} />
          ))}
        </span>
      ) : (
        <progress value={Math.min(taken, all)} max={all} aria-hidden="true" />
      )}
      <span aria-hidden="true">{t('common.seats', { taken, all })}</span>
      <span className="only-read">{t('common.seatsLabel', { taken, all })}</span>
    </span>
  );
}
