import { CHECK_ROW_NAMES, judgeResults } from '@conclave/protocol/support-code';
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { cx } from '../ui/cx.ts';
import { Spinner } from '../ui/Spinner.tsx';
import type { CheckState } from './run-check.ts';

const VERDICTS = {
  good: { Icon: CircleCheck, className: 'bg-accent-soft text-accent-ink' },
  limited: { Icon: TriangleAlert, className: 'bg-warn-soft text-warn-ink' },
  blocked: { Icon: CircleX, className: 'bg-danger-soft text-danger-ink' },
} as const;

/** How far it is, then what it comes to. Said by screen readers when it changes from one to the other. */
export function CheckSummary({ state: { results, pending }, runningText }: { state: CheckState; runningText: string }) {
  const { t } = useTranslation('check');
  const isDone = pending.size === 0;
  const total = CHECK_ROW_NAMES.length;
  const verdict = judgeResults(results);
  const { Icon, className } = VERDICTS[verdict];
  return (
    <div className={cx('mt-6 rounded-3xl px-5 py-4', isDone ? className : 'bg-sunken text-ink')}>
      <div role="status" className="flex items-start gap-3">
        {isDone ? <Icon aria-hidden="true" className="mt-0.5 size-6 shrink-0" /> : <Spinner className="mt-0.5 size-6 shrink-0" />}
        <div className="min-w-0">
          <p className="text-lg font-semibold">{isDone ? t(`verdict.${verdict}.title`) : t('running')}</p>
          <p className="mt-0.5 text-sm">{isDone ? t(`verdict.${verdict}.text`) : runningText}</p>
        </div>
      </div>
      {!isDone && (
        <progress
          aria-label={t('progress')}
          value={total - pending.size}
          max={total}
          className="mt-3 h-1.5 w-full appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
        />
      )}
    </div>
  );
}
