import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import { useAnswer, type AnswerControl } from '../../app/use-answer.ts';
import { Spinner } from '../../ui/Spinner.tsx';
import { LoadFailed } from '../../ui/LoadFailed.tsx';
import { fetchRetention, fetchRules } from './log-api.ts';
import { Panel } from './Panel.tsx';
import { RetentionForm } from './RetentionForm.tsx';
import { RuleItem } from './RuleItem.tsx';

const loadRules = (signal: AbortSignal) => fetchRules(signal);
const loadRetention = (signal: AbortSignal) => fetchRetention(signal);

/** What raises an alert, whom it tells, and how long events are kept. */
export function LogSettingsView() {
  const { t } = useTranslation('log');
  const rules = useAnswer(loadRules);
  const retention = useAnswer(loadRetention);
  return (
    <div className="grid grid-cols-1 gap-4">
      <Panel title={t('rules.title')} lead={t('rules.lead')}>
        <WhenLoaded control={rules} label={t('rules.loading')}>
          {(data) => (
            <ul className="divide-y divide-line">
              {data.rules.map((rule) => (
                <RuleItem
                  key={rule.id}
                  rule={rule}
                  onChanged={(changed) =>
                    rules.update((before) => ({ rules: before.rules.map((known) => (known.id === changed.id ? changed : known)) }))
                  }
                />
              ))}
            </ul>
          )}
        </WhenLoaded>
      </Panel>
      <Panel title={t('retention.title')} lead={t('retention.lead')}>
        <WhenLoaded control={retention} label={t('retention.loading')}>
          {(data) => <RetentionForm retention={data} onChanged={(changed) => retention.update(() => changed)} />}
        </WhenLoaded>
      </Panel>
    </div>
  );
}

function WhenLoaded<T>({ control, label, children }: { control: AnswerControl<T>; label: string; children(data: T): ReactNode }) {
  const { loaded, retry } = control;
  if (loaded.kind === 'ready') return children(loaded.data);
  if (loaded.kind === 'loading') {
    return (
      <p role="status" className="flex items-center gap-3 py-6 text-sm text-muted">
        <Spinner />
        {label}
      </p>
    );
  }
  return <LoadFailed code={loaded.failure.code} className="py-8" onRetry={retry} />;
}
