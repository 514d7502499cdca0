import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx.ts';
import { Spinner } from './Spinner.tsx';

export type ButtonTone = 'primary' | 'secondary' | 'ghost' | 'danger';
export type ButtonSize = 'small' | 'medium' | 'large';

const TONES: Record<ButtonTone, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'bg-raised text-ink border border-line hover:bg-hover',
  ghost: 'text-ink hover:bg-hover',
  danger: 'bg-danger text-on-danger hover:bg-danger-hover',
};

const SIZES: Record<ButtonSize, string> = {
  small: 'h-9 pointer-coarse:h-11 px-3 text-sm gap-1.5 rounded-lg',
  medium: 'h-11 px-4 text-sm gap-2 rounded-xl',
  large: 'h-12 px-6 text-base gap-2 rounded-xl',
};

/** The look of a button, for links that are buttons to the eye. */
export function buttonClass(tone: ButtonTone = 'secondary', size: ButtonSize = 'medium', className?: string): string {
  return cx(
    'inline-flex items-center justify-center font-medium whitespace-nowrap select-none transition-colors duration-100',
    'disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50',
    TONES[tone],
    SIZES[size],
    className,
  );
}

export interface ButtonProps extends ComponentProps<'button'> {
  tone?: ButtonTone;
  size?: ButtonSize;
  icon?: ReactNode;
  /** Shows a spinner and refuses further presses, but keeps its name and its focus. */
  busy?: boolean;
}

export function Button({ tone, size, icon, busy = false, className, children, type = 'button', onClick, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={buttonClass(tone, size, className)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
      {...rest}
    >
      {busy ? <Spinner className="size-4" /> : icon}
      {children}
    </button>
  );
}
