import { CHECK_ROW_NAMES, encodeSupportCode, levelOf, type CheckRow } from '@conclave/protocol/support-code';
import { useTranslation } from 'react-i18next';
import { CheckRowItem } from './CheckRowItem.tsx';
import { CheckSummary } from './CheckSummary.tsx';
import { SupportCode } from './SupportCode.tsx';
import { useCheck } from './use-check.ts';

/** Where joining has just failed: the network is checked by itself, and what is closed is said. Devices are left alone: the browser would ask. */
export function FailureCheck() {
  const { t } = useTranslation('check');
  const { state } = useCheck({ withDevices: false });
  const { results, pending } = state;
  const isWrong = (row: CheckRow) => !pending.has(row) && ['warn', 'fail'].includes(levelOf(row, results[row]));
  const wrong = CHECK_ROW_NAMES.filter(isWrong);
  return (
    <section aria-label={t('title')} className="w-full max-w-lg text-start">
      <CheckSummary state={state} runningText={t('runningNetwork')} />
      {wrong.length > 0 && (
        <ul aria-label={t('results')} className="mt-4 divide-y divide-line rounded-3xl border border-line bg-surface px-5">
          {wrong.map((row) => (
            <CheckRowItem key={row} row={row} state={state} />
          ))}
        </ul>
      )}
      {pending.size === 0 && <SupportCode code={encodeSupportCode(results)} />}
    </section>
  );
}
