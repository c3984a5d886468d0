import { Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classes } from './button.tsx';

/** What fills the place of what one came for: why it is not there, and a way on. */
export function Notice(props: {
  title: string;
  text?: ReactNode;
  tone?: 'calm' | 'warn';
  icon?: ReactNode;
  action?: ReactNode;
  /** 1 where it is the whole page. */
  level?: 1 | 2;
}) {
  const { title, text, tone = 'calm', icon, action, level = 1 } = props;
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <section className={classes('notice', tone)}>
      <span className="sign" aria-hidden="true">
        {icon ?? (tone === 'warn' ? <TriangleAlert /> : <Info />)}
      </span>
      <Heading>{title}</Heading>
      {text && <p>{text}</p>}
      {action && <div className="actions">{action}</div>}
    </section>
  );
}
