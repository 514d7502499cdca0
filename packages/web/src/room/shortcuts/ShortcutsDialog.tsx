import { useTranslation } from 'react-i18next';
import { Dialog } from '../../ui/Dialog.tsx';
import { SHORTCUTS } from './shortcut-of.ts';

export function ShortcutsDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation('room');
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('shortcuts.title')}
      description={t('shortcuts.text')}
      size="small"
    >
      {/* On a low window the list scrolls, and must be reachable by keyboard for that (WCAG 2.1.1). */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <dl tabIndex={0} className="flex flex-col">
        {SHORTCUTS.map(({ action, key, withControl }) => (
          <div key={action} className="flex min-h-10 items-center justify-between gap-4 border-b border-line py-1.5 last:border-0">
            <dt className="text-sm">{t(`shortcuts.${action}`)}</dt>
            <dd className="flex items-center gap-2 text-xs text-muted">
              <Key>{key.toUpperCase()}</Key>
              {withControl !== null && (
                <>
                  {t('shortcuts.or')} <Key>{`Ctrl ${withControl.toUpperCase()}`}</Key>
                </>
              )}
            </dd>
          </div>
        ))}
        <div className="flex min-h-10 items-center justify-between gap-4 py-1.5">
          <dt className="text-sm">{t('shortcuts.close')}</dt>
          <dd>
            <Key>Esc</Key>
          </dd>
        </div>
      </dl>
    </Dialog>
  );
}

function Key({ children }: { children: string }) {
  return (
    <kbd className="inline-flex h-7 min-w-7 items-center justify-center rounded-lg border border-line bg-sunken px-2 font-sans text-xs font-semibold text-ink">
      {children}
    </kbd>
  );
}
