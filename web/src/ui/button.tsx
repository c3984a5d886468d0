import type { ButtonHTMLAttributes, ReactNode } from 'react';

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'primary' | 'danger' | 'bare' | 'outline' | undefined;
  size?: 'small' | undefined;
};

export function Button({ look, size, className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={classes('button', look, size, className)} {...rest} />;
}

/** A button that shows only a picture; `label` is its name, for those who hear it and those who hover. */
export function IconButton({
  label,
  children,
  className,
  ...rest
}: ButtonProps & { label: string; children: ReactNode }) {
  return (
    <Button aria-label={label} title={label} className={classes('icon', className)} {...rest}>
      {children}
    </Button>
  );
}

export const classes = (...names: (string | false | undefined)[]): string => names.filter(Boolean).join(' ');
