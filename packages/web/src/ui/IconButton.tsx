import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx.ts';
import { Tooltip } from './Tooltip.tsx';

type IconButtonTone = 'plain' | 'surface' | 'accent' | 'danger';

const TONES: Record<IconButtonTone, string> = {
  plain: 'text-muted hover:bg-hover hover:text-ink',
  surface: 'bg-raised text-ink border border-line hover:bg-hover',
  accent: 'bg-accent text-on-accent hover:bg-accent-hover',
  danger: 'bg-danger text-on-danger hover:bg-danger-hover',
};

const SIZES = { small: 'size-9 pointer-coarse:size-11 rounded-lg', medium: 'size-11 rounded-xl', large: 'size-12 rounded-2xl' };

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  /** The accessible name, also shown as the tooltip. */
  label: string;
  icon: ReactNode;
  tone?: IconButtonTone;
  size?: keyof typeof SIZES;
  /** Shown after the label in the tooltip, for example a keyboard shortcut. */
  hint?: string;
  tooltipSide?: 'top' | 'bottom' | 'left' | 'right';
  /** False where a menu or dialog opens on press and the tooltip would lie over it. */
  tooltip?: boolean;
}

export function IconButton({
  label,
  icon,
  tone = 'plain',
  size = 'medium',
  hint,
  tooltipSide,
  tooltip = true,
  className,
  type = 'button',
  ...rest
}: IconButtonProps) {
  const button = (
    <button
      type={type}
      aria-label={label}
      className={cx(
        'relative inline-flex shrink-0 items-center justify-center transition-colors duration-100 [&_svg]:size-5',
        'disabled:opacity-50 disabled:pointer-events-none aria-disabled:opacity-50',
        TONES[tone],
        SIZES[size],
        className,
      )}
      {...rest}
    >
      {icon}
    </button>
  );
  if (!tooltip) return button;
  return (
    <Tooltip text={hint === undefined ? label : `${label} · ${hint}`} side={tooltipSide}>
      {button}
    </Tooltip>
  );
}
