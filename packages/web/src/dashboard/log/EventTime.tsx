import { useTranslation } from 'react-i18next';
import { clockTime, fullTime, minuteTime, readerLocale, shortDateTime, utcTime } from './times.ts';

const FORMS = { clock: clockTime, minute: minuteTime, full: fullTime, short: shortDateTime };

/** How the reader writes dates and numbers, by the language of the page and the region of the browser. */
export function useReaderLocale(): string {
  const { i18n } = useTranslation();
  return readerLocale(i18n.language, navigator.languages);
}

/** A moment in the reader's own time; UTC shows on hover and is what machines read. */
export function EventTime({ timeMs, form, className }: { timeMs: number; form: keyof typeof FORMS; className?: string }) {
  const { t } = useTranslation('log');
  const locale = useReaderLocale();
  return (
    <time dateTime={new Date(timeMs).toISOString()} title={t('utc', { time: utcTime(timeMs) })} className={className}>
      {FORMS[form](timeMs, locale)}
    </time>
  );
}
