import { X } from 'lucide-react';
import { Dialog as RadixDialog } from 'radix-ui';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import { IconButton } from './IconButton.tsx';

export interface DialogProps {
  open: boolean;
  onOpenChange(open: boolean): void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the main one last. */
  footer?: ReactNode;
  size?: 'small' | 'medium' | 'large';
}

const WIDTHS = { small: 'sm:max-w-sm', medium: 'sm:max-w-lg', large: 'sm:max-w-3xl' };

/** In the middle of a wide window, at the bottom of a phone. */
const PLACE =
  'max-sm:inset-x-0 max-sm:bottom-0 max-sm:animate-sheet max-sm:rounded-t-3xl sm:top-1/2 sm:left-1/2 sm:w-[calc(100vw-3rem)] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:animate-appear sm:rounded-3xl';

/** A toast may offer the way back from what was just done in the dialog. */
function keepForToasts(event: Event): void {
  if (event.target instanceof Element && event.target.closest('[data-toasts]') !== null) event.preventDefault();
}

/**
 * A modal dialog: traps focus, closes on Escape, gives focus back to what had it. An element with `data-autofocus`
 * inside is focused first. Its scrim is our own element and not
 * `RadixDialog.Overlay`, which injects a style element that the content security policy refuses.
 */
export function Dialog({ open, onOpenChange, title, description, children, footer, size = 'medium' }: DialogProps) {
  const { t } = useTranslation('common');
  const opener = useRef<HTMLElement | null>(null);
  const takeFocus = (event: Event) => {
    opener.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    const wanted = event.target instanceof HTMLElement ? event.target.querySelector<HTMLElement>('[data-autofocus]') : null;
    if (!wanted) return;
    event.preventDefault();
    wanted.focus();
  };
  const giveFocusBack = (event: Event) => {
    // Radix gives it to a trigger, and dialogs that are opened by state have none.
    event.preventDefault();
    if (opener.current?.isConnected) opener.current.focus();
  };
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <div data-modal="open" aria-hidden="true" className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <RadixDialog.Content
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          onOpenAutoFocus={takeFocus}
          onCloseAutoFocus={giveFocusBack}
          onInteractOutside={keepForToasts}
          className={cx(
            'fixed z-40 flex max-h-[min(90dvh,48rem)] flex-col overflow-hidden border border-line bg-raised text-ink shadow-overlay outline-none',
            PLACE,
            WIDTHS[size],
          )}
        >
          <header className="flex items-start gap-3 pt-5 pr-3 pb-3 pl-6">
            <div className="min-w-0 flex-1 pt-1.5">
              <RadixDialog.Title className="text-lg leading-tight font-semibold tracking-tight">{title}</RadixDialog.Title>
              {description !== undefined && (
                <RadixDialog.Description className="mt-2 wrap-anywhere text-sm text-muted">{description}</RadixDialog.Description>
              )}
            </div>
            <RadixDialog.Close asChild>
              <IconButton label={t('close')} icon={<X aria-hidden="true" />} size="small" tooltip={false} />
            </RadixDialog.Close>
          </header>
          {children && <div className="min-h-0 flex-1 overflow-y-auto px-6 pt-1 pb-6">{children}</div>}
          {footer !== undefined && (
            <footer className="flex flex-wrap justify-end gap-2 px-6 pt-2 pb-[max(1.5rem,env(safe-area-inset-bottom))]">{footer}</footer>
          )}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
