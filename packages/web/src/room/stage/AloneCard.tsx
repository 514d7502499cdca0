import { Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useCopyLink } from '../../ui/use-copy.ts';
import { useRoomUrl } from '../room-url.ts';

/** Shown while nobody else is here: what one needs now is the link. */
export function AloneCard() {
  const { t } = useTranslation('room');
  const roomUrl = useRoomUrl();
  const copyLink = useCopyLink();
  return (
    <section
      aria-label={t('alone.title')}
      className="absolute inset-x-3 bottom-3 z-10 mx-auto max-w-md animate-rise rounded-3xl border border-line bg-raised p-5 shadow-overlay sm:bottom-6"
    >
      <h2 className="text-lg font-semibold tracking-tight">{t('alone.title')}</h2>
      <p className="mt-1 text-sm text-muted">{t('alone.text')}</p>
      <div className="mt-4 flex items-center gap-2">
        <input
          readOnly
          aria-label={t('alone.link')}
          value={roomUrl}
          onFocus={(event) => event.target.select()}
          className="h-11 min-w-0 flex-1 truncate rounded-xl border border-line bg-sunken px-3.5 text-sm text-ink"
        />
        <Button tone="primary" icon={<Copy aria-hidden="true" className="size-4" />} onClick={() => void copyLink(roomUrl)}>
          {t('alone.copy')}
        </Button>
      </div>
    </section>
  );
}
