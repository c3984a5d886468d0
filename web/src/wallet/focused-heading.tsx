import { type ReactNode, useEffect, useRef } from 'react';

/** Takes the focus when it comes, and when what it heads changes: what had it is gone. */
export function FocusedHeading({ of, children }: { of: string; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    void of;
    heading.current?.focus();
  }, [of]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
