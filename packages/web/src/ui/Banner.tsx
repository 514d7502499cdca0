import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';

export type BannerTone = 'info' | 'warn' | 'danger';

const TONES: Record<BannerTone, string> = {
  info: 'bg-accent-soft text-accent-ink',
  warn: 'bg-warn-soft text-warn-ink',
  danger: 'bg-danger-soft text-danger-ink',
};

const ICONS = { info: Info, warn: TriangleAlert, danger: CircleAlert };

export interface BannerProps {
  tone?: BannerTone;
  title?: string;
  children?: ReactNode;
  action?: ReactNode;
  /** Says itself when it appears: `alert` at once, `status` when there is a pause. */
  live?: 'alert' | 'status';
  className?: string;
}

export function Banner({ tone = 'info', title, children, action, live, className }: BannerProps) {
  const Icon = ICONS[tone];
  return (
    <div role={live} className={cx('flex items-start gap-3 rounded-2xl px-4 py-3 text-sm', TONES[tone], className)}>
      <Icon aria-hidden="true" className="mt-0.5 size-4.5 shrink-0" />
      <div className="min-w-0 flex-1">
        {title !== undefined && <p className="font-semibold">{title}</p>}
        {children !== undefined && <div className={title === undefined ? '' : 'mt-0.5'}>{children}</div>}
        {action !== undefined && <div className="mt-2 flex flex-wrap gap-2">{action}</div>}
      </div>
    </div>
  );
}
