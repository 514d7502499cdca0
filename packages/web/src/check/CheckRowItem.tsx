import { levelOf, type CheckLevel, type CheckResult, type CheckRow } from '@conclave/protocol/support-code';
import { Check, Minus, TriangleAlert, X, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../ui/cx.ts';
import { Spinner } from '../ui/Spinner.tsx';
import type { CheckFacts, CheckState } from './run-check.ts';

const SIGNS: Record<CheckLevel, { Icon: LucideIcon; className: string }> = {
  ok: { Icon: Check, className: 'bg-accent-soft text-accent-ink' },
  warn: { Icon: TriangleAlert, className: 'bg-warn-soft text-warn-ink' },
  fail: { Icon: X, className: 'bg-danger-soft text-danger-ink' },
  none: { Icon: Minus, className: 'bg-sunken text-muted' },
};

/** What was looked at, what was found, and what to do where something is not as it should be. */
export function CheckRowItem({ row, state: { results, pending, facts } }: { row: CheckRow; state: CheckState }) {
  const { t, i18n } = useTranslation('check');
  const isPending = pending.has(row);
  const result = results[row];
  const level = levelOf(row, result);
  const { Icon, className } = SIGNS[level];
  const words = wordsOf(facts, i18n.language);
  // Rows and their results are those of the table that the texts are made for; the type of the key is more than TypeScript can follow.
  const key = `rows.${row}.${result}` as 'rows.udp.blocked';
  const isWrong = !isPending && (level === 'warn' || level === 'fail');
  return (
    <li className="flex gap-4 py-4">
      <span
        className={cx(
          'mt-0.5 inline-flex size-8 shrink-0 items-center justify-center rounded-full [&_svg]:size-4.5',
          isPending ? 'text-muted' : className,
        )}
      >
        {isPending ? <Spinner className="size-5" /> : <Icon aria-hidden="true" />}
      </span>
      <div className="min-w-0 flex-1">
        <h2 className="font-medium">{t(`rows.${row}.title`)}</h2>
        <p className="mt-0.5 text-sm text-muted wrap-anywhere">{isPending ? t(`pending.${pendingOf(row)}`) : t(key, words)}</p>
        {isWrong && (
          <p className="mt-2 text-sm wrap-anywhere">
            <span className="font-medium">{t('todo')} </span>
            {t(adviceFor(row, result), words)}
          </p>
        )}
      </div>
    </li>
  );
}

/** By row, and with the devices by what is wrong with them. */
function adviceFor(row: CheckRow, result: CheckResult): 'advice.udp' {
  const isDevice = row === 'microphone' || row === 'camera';
  return (isDevice ? `advice.${row}.${result}` : `advice.${row}`) as 'advice.udp'; // as with `key` above
}

/** Only with the devices can somebody do something while it runs. */
function pendingOf(row: CheckRow): 'devices' | 'others' {
  return row === 'microphone' || row === 'camera' ? 'devices' : 'others';
}

function wordsOf({ mediaAddresses, mediaPort, downloadBps, uploadBps, clockOffsetMs }: CheckFacts, language: string) {
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  const mbps = (bps: number | null) => number.format(Math.min(bps ?? 0, 1_000_000_000) / 1_000_000);
  return {
    host: location.hostname,
    site: location.host,
    address: mediaAddresses.join(', '),
    port: mediaPort ?? '',
    download: mbps(downloadBps),
    upload: mbps(uploadBps),
    minutes: number.format(Math.abs(clockOffsetMs ?? 0) / 60_000),
  };
}
