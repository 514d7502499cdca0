import { useId, type ReactNode } from 'react';
import { cx } from '../../ui/cx.ts';

/** A part of a page with its heading. */
export function Panel({ title, lead, children, className }: { title: string; lead?: string; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cx('min-w-0 rounded-3xl border border-line bg-surface p-5 sm:p-6', className)}>
      <h2 id={id} className="text-base font-semibold tracking-tight">
        {title}
      </h2>
      {lead !== undefined && <p className="mt-1 max-w-2xl text-sm text-muted">{lead}</p>}
      <div className="mt-3">{children}</div>
    </section>
  );
}

/** Names with what they stand for. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid gap-x-6 gap-y-2.5 text-sm sm:grid-cols-[minmax(8rem,12rem)_1fr]">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-muted max-sm:-mb-2">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </div>
  );
}
