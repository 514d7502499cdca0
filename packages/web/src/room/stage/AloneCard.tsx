import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useRoomUrl } from '../room-url.ts';

/** Shown while nobody else is here: what one needs now is the link. */
export function AloneCard() {
  const { t } = useTranslation('room');
  const roomUrl = useRoomUrl();
  const { copied, failed, copy } = useCopy(roomUrl);
  return (
    <section aria-label={t('alone.title')} className="absolute inset-x-3 bottom-3 z-10 mx-auto max-w-md animate-rise rounded-3xl border border-line bg-raised p-5 shadow-overlay sm:bottom-6">
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
        <Button tone="primary" icon={copied ? <Check aria-hidden="true" className="size-4" /> : <Copy aria-hidden="true" className="size-4" />} onClick={copy}>
          {copied ? t('alone.copied') : t('alone.copy')}
        </Button>
      </div>
      <p role="status" className={failed ? 'mt-2 text-sm text-danger-ink' : 'sr-only'}>{failed ? t('alone.copyFailed') : copied ? t('alone.copied') : ''}</p>
    </section>
  );
}

/** Copies a text; `failed` where the browser does not let the page write to the clipboard. */
function useCopy(text: string) {
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'failed'>('none');
  const copy = () => {
    navigator.clipboard?.writeText(text).then(() => setOutcome('copied'), () => setOutcome('failed')) ?? setOutcome('failed');
  };
  return { copied: outcome === 'copied', failed: outcome === 'failed', copy };
}
