import { useId } from 'react';
import type { ComponentProps, ReactNode } from 'react';
import { cx } from '../../ui/cx.ts';
import { Spinner } from '../../ui/Spinner.tsx';
import { Tooltip } from '../../ui/Tooltip.tsx';

export type ControlTone = 'plain' | 'off' | 'active' | 'leave';

const TONES: Record<ControlTone, string> = {
  plain: 'bg-raised text-ink border-line hover:bg-hover',
  off: 'bg-danger-soft text-danger-ink border-transparent hover:brightness-95',
  active: 'bg-accent text-on-accent border-transparent hover:bg-accent-hover',
  leave: 'bg-danger text-on-danger border-transparent hover:bg-danger-hover',
};

export interface ControlButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  /** The accessible name; it stays the same whatever the badge or the reason say. */
  label: string;
  icon: ReactNode;
  tone?: ControlTone;
  /** A key, shown in the tooltip. */
  shortcut?: string;
  busy?: boolean;
  /** Why it cannot be used now; it stays focusable so that the reason can be read. */
  reason?: string | null;
  /** Said after the name, for example how many messages are unread. */
  detail?: string | undefined;
  badge?: ReactNode;
  /** Shown beside the icon. */
  text?: string;
}

export function ControlButton({
  label,
  icon,
  tone = 'plain',
  shortcut,
  busy = false,
  reason = null,
  detail,
  badge,
  text,
  className,
  onClick,
  ...rest
}: ControlButtonProps) {
  const id = useId();
  const described = reason ?? detail;
  const blocked = reason !== null || busy;
  const hint = reason ?? (shortcut === undefined ? label : `${label} · ${shortcut}`);
  return (
    <Tooltip text={hint}>
      <button
        type="button"
        aria-label={label}
        aria-disabled={blocked || undefined}
        aria-busy={busy || undefined}
        aria-keyshortcuts={shortcut}
        aria-describedby={described === undefined ? undefined : id}
        onClick={(event) => (blocked ? event.preventDefault() : onClick?.(event))}
        className={cx(
          'relative inline-flex h-12 min-w-12 shrink-0 items-center justify-center gap-2 rounded-2xl border transition-colors duration-100 select-none [&_svg]:size-5',
          text !== undefined && 'px-4 text-sm font-semibold',
          reason !== null && 'opacity-50',
          TONES[tone],
          className,
        )}
        {...rest}
      >
        {busy ? <Spinner /> : icon}
        {text}
        {badge}
        {described !== undefined && (
          <span id={id} className="sr-only">
            {described}
          </span>
        )}
      </button>
    </Tooltip>
  );
}
