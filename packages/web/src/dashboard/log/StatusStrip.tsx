import type { LogStatus } from '@conclave/protocol/rest/log';
import { ShieldAlert, ShieldCheck, ShieldQuestion } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Banner } from '../../ui/Banner.tsx';
import { cx } from '../../ui/cx.ts';
import type { LogStatusControl } from '../use-log-status.ts';
import { useReaderLocale } from './EventTime.tsx';
import { fullTime, timeAgo } from './times.ts';
import { useNow } from './use-now.ts';

const SIGNS = { current: ShieldCheck, late: ShieldQuestion, inconsistent: ShieldAlert };
const TONES = { current: 'text-accent-ink', late: 'text-warn-ink', inconsistent: 'text-danger-ink' };

/** How large the log is, when it was sealed last, and in plain words when something is wrong with that. */
export function StatusStrip({ log: { status, failure } }: { log: LogStatusControl }) {
  const { t } = useTranslation('log');
  return (
    <section aria-label={t('status.label')} className="mt-5 mb-3">
      {status ? <Strip status={status} /> : <p className="flex min-h-6 items-center text-sm text-muted">{failure && t('status.failed')}</p>}
      {status && status.publishing !== 'current' && (
        <Banner tone={status.publishing === 'late' ? 'warn' : 'danger'} title={t(`status.${status.publishing}Title`)} className="mt-4 mb-2">
          {t(`status.${status.publishing}Text`)}
        </Banner>
      )}
    </section>
  );
}

function Strip({ status: { size, checkpoint, publishing } }: { status: LogStatus }) {
  const { t } = useTranslation('log');
  const locale = useReaderLocale();
  const nowMs = useNow();
  const Sign = SIGNS[publishing];
  return (
    <p className="flex min-h-6 flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
      <span className={cx('inline-flex items-center gap-1.5 font-medium', TONES[publishing])}>
        <Sign aria-hidden="true" className="size-4.5" />
        {t(`status.${publishing}`)}
      </span>
      <span>{t('status.size', { count: size, shown: size.toLocaleString(locale) })}</span>
      {checkpoint ? (
        <time dateTime={new Date(checkpoint.signedAtMs).toISOString()} title={fullTime(checkpoint.signedAtMs, locale)}>
          {t('status.sealed', { ago: timeAgo(checkpoint.signedAtMs, nowMs, locale) })}
        </time>
      ) : (
        <span>{t('status.notSealed')}</span>
      )}
      <a href="/_log" className="underline underline-offset-3 hover:text-ink">
        {t('status.public')}
      </a>
    </p>
  );
}
