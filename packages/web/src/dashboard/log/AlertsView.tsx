import type { AlertsPage, AlertView } from '@conclave/protocol/rest/log';
import { BellOff, CheckCheck, CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useCallback, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnswer } from '../../app/use-answer.ts';
import { Badge, type BadgeTone } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { cx } from '../../ui/cx.ts';
import { LoadFailed } from '../../ui/LoadFailed.tsx';
import { useToast } from '../../ui/Toast.tsx';
import { EventLinks } from './DataFacts.tsx';
import { EmptyPanel } from './EventsView.tsx';
import { EventSkeletons } from './EventRow.tsx';
import { EventTime, useReaderLocale } from './EventTime.tsx';
import { ForeignText } from './ForeignText.tsx';
import { acknowledgeAlert, fetchAlerts } from './log-api.ts';
import { ruleText } from './sentences.ts';
import { fullTime } from './times.ts';

type State = 'open' | 'all';

/** What the alert rules found, open ones first of all. */
export function AlertsView({ onAcknowledged }: { onAcknowledged(): void }) {
  const { t } = useTranslation(['log', 'errors', 'common']);
  const [state, setState] = useState<State>('open');
  const load = useCallback((signal: AbortSignal) => fetchAlerts(state, null, signal), [state]);
  const { loaded, retry, update } = useAnswer(load);
  const acknowledged = (alert: AlertView) => {
    update((page) => ({ ...page, alerts: page.alerts.map((known) => (known.id === alert.id ? alert : known)) }));
    onAcknowledged();
  };
  return (
    <>
      <StateSwitch state={state} onChange={setState} />
      {loaded.kind === 'loading' && <EventSkeletons label={t('log:alert.loading')} />}
      {loaded.kind === 'failed' && <LoadFailed code={loaded.failure.code} className="py-16" onRetry={retry} />}
      {loaded.kind === 'ready' && loaded.data.alerts.length === 0 && (
        <EmptyPanel
          icon={state === 'open' ? <CheckCheck aria-hidden="true" /> : <BellOff aria-hidden="true" />}
          title={t(state === 'open' ? 'log:alert.noneOpenTitle' : 'log:alert.noneTitle')}
        >
          {t(state === 'open' ? 'log:alert.noneOpenText' : 'log:alert.noneText')}
        </EmptyPanel>
      )}
      {loaded.kind === 'ready' && loaded.data.alerts.length > 0 && (
        <AlertList state={state} page={loaded.data} onAcknowledged={acknowledged} onUpdate={update} />
      )}
    </>
  );
}

function StateSwitch({ state, onChange }: { state: State; onChange(state: State): void }) {
  const { t } = useTranslation('log');
  return (
    <div role="group" aria-label={t('alert.state')} className="mb-4 inline-flex rounded-xl bg-hover p-1">
      {(['open', 'all'] as const).map((value) => (
        <button
          key={value}
          type="button"
          aria-pressed={state === value}
          onClick={() => onChange(value)}
          className={cx(
            'h-9 rounded-lg px-4 text-sm font-medium pointer-coarse:h-11',
            state === value ? 'bg-raised text-ink shadow-raised' : 'text-muted hover:text-ink',
          )}
        >
          {t(`alert.${value}`)}
        </button>
      ))}
    </div>
  );
}

interface AlertListProps {
  state: State;
  page: AlertsPage;
  onAcknowledged(alert: AlertView): void;
  onUpdate(change: (page: AlertsPage) => AlertsPage): void;
}

function AlertList({ state, page, onAcknowledged, onUpdate }: AlertListProps) {
  const { t } = useTranslation(['log', 'errors']);
  const toast = useToast();
  const [fetching, setFetching] = useState(false);
  const loadMore = async () => {
    setFetching(true);
    const answer = await fetchAlerts(state, page.next);
    setFetching(false);
    if (!answer.ok) return toast({ tone: 'danger', text: t(`errors:${answer.failure.code}.title`) });
    return onUpdate((before) => ({
      ...answer.data,
      alerts: [...before.alerts, ...answer.data.alerts.filter((alert) => !before.alerts.some((known) => known.id === alert.id))],
    }));
  };
  return (
    <>
      <ul className="flex flex-col gap-4">
        {page.alerts.map((alert) => (
          <AlertCard key={alert.id} alert={alert} onAcknowledged={onAcknowledged} />
        ))}
      </ul>
      {page.next !== null && (
        <div className="mt-6 flex justify-center">
          <Button busy={fetching} onClick={() => void loadMore()}>
            {t('log:alert.more')}
          </Button>
        </div>
      )}
    </>
  );
}

const SEVERITIES: Record<AlertView['severity'], { sign: typeof Info; badge: BadgeTone; tone: string }> = {
  notice: { sign: Info, badge: 'neutral', tone: 'bg-hover text-muted' },
  warning: { sign: TriangleAlert, badge: 'warn', tone: 'bg-warn-soft text-warn-ink' },
  critical: { sign: CircleAlert, badge: 'danger', tone: 'bg-danger-soft text-danger-ink' },
};

function AlertCard({ alert, onAcknowledged }: { alert: AlertView; onAcknowledged(alert: AlertView): void }) {
  const { t } = useTranslation('log');
  const id = useId();
  const { sign: Sign, badge, tone } = SEVERITIES[alert.severity];
  const open = alert.acknowledged === null;
  const title = ruleText(t, alert.rule, 'title');
  return (
    <li>
      <article aria-labelledby={id} className="flex gap-4 rounded-3xl border border-line bg-surface p-5 max-sm:flex-col sm:p-6">
        <span className={cx('inline-flex size-11 shrink-0 items-center justify-center rounded-2xl', open ? tone : 'bg-hover text-muted')}>
          <Sign aria-hidden="true" className="size-5" />
        </span>
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <h2 id={id} className="text-base font-semibold tracking-tight">
              {title}
            </h2>
            <Badge tone={badge}>{t(`alert.severity.${alert.severity}`)}</Badge>
          </div>
          <p className="mt-1 flex flex-wrap gap-x-3 text-sm text-muted">
            <EventTime timeMs={alert.raisedAtMs} form="full" />
            <span>{t('alert.counts', { count: alert.count })}</span>
            {alert.subject !== null && (
              <span>
                {t('alert.subject', { subject: '' })}
                <ForeignText text={alert.subject} limit={60} expandable className="font-medium text-ink" />
              </span>
            )}
          </p>
          <dl className="mt-4 grid gap-4 text-sm sm:grid-cols-2">
            <div>
              <dt className="font-semibold">{t('alert.meaning')}</dt>
              <dd className="mt-0.5 text-muted">{ruleText(t, alert.rule, 'meaning')}</dd>
            </div>
            <div>
              <dt className="font-semibold">{t('alert.todo')}</dt>
              <dd className="mt-0.5 text-muted">{ruleText(t, alert.rule, 'todo')}</dd>
            </div>
          </dl>
          <div className="mt-4 flex flex-wrap items-end justify-between gap-4">
            <NewestEvents alert={alert} />
            <Acknowledgement alert={alert} title={title} onAcknowledged={onAcknowledged} />
          </div>
        </div>
      </article>
    </li>
  );
}

const SHOWN_EVENTS = 8;

function NewestEvents({ alert: { seqs } }: { alert: AlertView }) {
  const { t } = useTranslation('log');
  if (seqs.length === 0) return <span />;
  const shown = seqs.toSorted((a, b) => b - a).slice(0, SHOWN_EVENTS);
  const rest = seqs.length - shown.length;
  return (
    <p className="text-sm">
      <span className="mr-2 text-muted">{t('alert.newest')}</span>
      <EventLinks seqs={shown} />
      {rest > 0 && <span className="ml-2 text-muted">{t('alert.more_events', { count: rest })}</span>}
    </p>
  );
}

interface AcknowledgementProps {
  alert: AlertView;
  title: string;
  onAcknowledged(alert: AlertView): void;
}

function Acknowledgement({ alert, title, onAcknowledged }: AcknowledgementProps) {
  const { t } = useTranslation(['log', 'errors']);
  const locale = useReaderLocale();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const acknowledge = async () => {
    setBusy(true);
    const answer = await acknowledgeAlert(alert.id);
    setBusy(false);
    if (!answer.ok) return toast({ tone: 'danger', text: t(`errors:${answer.failure.code}.title`) });
    onAcknowledged(answer.data);
    return toast({ text: t('log:alert.noted') });
  };
  // The button stays where it is and keeps the focus until the next look at the list.
  if (!alert.acknowledged) {
    return (
      <Button size="small" busy={busy} aria-label={t('log:alert.acknowledgeOf', { rule: title })} onClick={() => void acknowledge()}>
        {t('log:alert.acknowledge')}
      </Button>
    );
  }
  const { atMs, by } = alert.acknowledged;
  const [before = '', after = ''] = t('log:alert.acknowledged', { who: '\u0001', time: fullTime(atMs, locale) }).split('\u0001');
  return (
    <p className="text-sm text-muted">
      {by === null ? (
        t('log:alert.acknowledgedBySomebody', { time: fullTime(atMs, locale) })
      ) : (
        <>
          {before}
          <ForeignText text={by} limit={40} />
          {after}
        </>
      )}
    </p>
  );
}
