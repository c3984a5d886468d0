import type { ReactNode } from 'react';
import './switch.css';

/** Something that is on or off, and takes effect at once. */
export function Switch(props: { on: boolean; onChange: (on: boolean) => void; children: ReactNode }) {
  const { on, onChange, children } = props;
  return (
    <label className="switch">
      {/* biome-ignore lint/a11y/useAriaPropsForRole: a checkbox says by itself whether it is on */}
      <input type="checkbox" role="switch" checked={on} onChange={({ target }) => onChange(target.checked)} />
      <span>{children}</span>
    </label>
  );
}
