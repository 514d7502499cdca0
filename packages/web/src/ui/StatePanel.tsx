import type { ReactNode } from 'react';
import { cx } from './cx.ts';

export interface StatePanelProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** 1 where this is the whole page, 2 inside one. */
  level?: 1 | 2;
  className?: string;
}

function StatePanel({ icon, title, children, actions, level = 2, className, iconClass }: StatePanelProps & { iconClass: string }) {
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <div className={cx('mx-auto flex max-w-md flex-col items-center px-4 text-center', className)}>
      <span className={cx('mb-5 inline-flex size-14 items-center justify-center rounded-2xl [&_svg]:size-6', iconClass)}>{icon}</span>
      <Heading className={cx('font-semibold tracking-tight', level === 1 ? 'text-2xl' : 'text-lg')}>{title}</Heading>
      {children !== undefined && <div className="mt-2 text-muted">{children}</div>}
      {actions !== undefined && <div className="mt-6 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}

/** Nothing is here yet: says what it is for and offers the first step. */
export function EmptyState(props: StatePanelProps) {
  return <StatePanel {...props} iconClass="bg-accent-soft text-accent-ink" />;
}

/** Something went wrong: says what, and what to do. */
export function ErrorState(props: StatePanelProps) {
  return <StatePanel {...props} iconClass="bg-danger-soft text-danger-ink" />;
}
