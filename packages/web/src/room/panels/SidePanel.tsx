import { X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { cx } from '../../ui/cx.ts';
import { IconButton } from '../../ui/IconButton.tsx';

export interface SidePanelProps {
  title: string;
  count?: number;
  closeLabel: string;
  sheet: boolean;
  onClose(): void;
  /** Beside the button that closes. */
  actions?: ReactNode;
  children: ReactNode;
}

/** Beside the stage on a wide window, over it from below on a phone. Takes the focus when it opens. */
export function SidePanel({ title, count, closeLabel, sheet, onClose, actions, children }: SidePanelProps) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    const panel = ref.current;
    // On a phone a focused field would raise the keyboard over what one came to read.
    if (sheet) panel?.focus({ preventScroll: true });
    else (panel?.querySelector<HTMLElement>('[data-autofocus]') ?? panel)?.focus({ preventScroll: true });
  }, [sheet]);
  return (
    <>
      {sheet && <div aria-hidden="true" onClick={onClose} className="fixed inset-0 z-20 animate-appear bg-scrim" />}
      <aside
        ref={ref}
        tabIndex={-1}
        aria-label={title}
        className={cx(
          'flex min-h-0 flex-col overflow-hidden border-line bg-surface outline-none',
          sheet
            ? 'fixed inset-x-0 top-14 bottom-0 z-30 animate-sheet rounded-t-3xl border-t shadow-overlay'
            : 'w-88 shrink-0 animate-appear rounded-2xl border',
        )}
      >
        <header className="flex items-center justify-between gap-2 py-2 pr-2 pl-4">
          <h2 className="text-base font-semibold tracking-tight">
            {title}
            {count !== undefined && <span className="ml-2 font-normal text-muted tabular-nums">{count}</span>}
          </h2>
          <div className="flex shrink-0 items-center">
            {actions}
            <IconButton label={closeLabel} icon={<X aria-hidden="true" />} size="small" tooltip={false} onClick={onClose} />
          </div>
        </header>
        {children}
      </aside>
    </>
  );
}
