import { Bell, ListChecks, SlidersHorizontal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from '../../app/navigation.tsx';
import type { DashboardRoute } from '../../app/route.ts';
import { useDocumentTitle } from '../../app/use-document-title.ts';
import { cx } from '../../ui/cx.ts';
import type { LogStatusControl } from '../use-log-status.ts';
import { AlertsView } from './AlertsView.tsx';
import { EventsView } from './EventsView.tsx';
import { EventView } from './EventView.tsx';
import { LogSettingsView } from './LogSettingsView.tsx';
import { RoomNamesProvider } from './room-names.tsx';
import { SessionView } from './SessionView.tsx';
import { StatusStrip } from './StatusStrip.tsx';

/** All that the dashboard shows of the event log. */
export function LogPages({ view, log }: { view: DashboardRoute; log: LogStatusControl }) {
  return (
    <RoomNamesProvider>
      <CurrentView view={view} log={log} />
    </RoomNamesProvider>
  );
}

function CurrentView({ view, log }: { view: DashboardRoute; log: LogStatusControl }) {
  const { t } = useTranslation('log');
  switch (view.name) {
    case 'dashboard':
    case 'roles':
      return null;
    case 'log':
      return (
        <LogFrame view={view} log={log} title={t('title')} lead={t('lead')}>
          <EventsView />
        </LogFrame>
      );
    case 'log-alerts':
      return (
        <LogFrame view={view} log={log} title={t('alerts')} lead={t('alert.lead')}>
          <AlertsView onAcknowledged={log.refresh} />
        </LogFrame>
      );
    case 'log-settings':
      return (
        <LogFrame view={view} log={log} title={t('settings')}>
          <LogSettingsView />
        </LogFrame>
      );
    case 'log-event':
      return <EventView key={view.seq} seq={view.seq} status={log.status} />;
    case 'log-session':
      return <SessionView key={view.session} session={view.session} />;
  }
}

interface LogFrameProps {
  view: DashboardRoute;
  log: LogStatusControl;
  title: string;
  lead?: string;
  children: ReactNode;
}

/** Heading, state of the log and the way to its other parts. */
function LogFrame({ view, log, title, lead, children }: LogFrameProps) {
  const { t } = useTranslation('log');
  const open = log.status?.openAlerts ?? 0;
  useDocumentTitle(title);
  return (
    <>
      <h1 className="text-3xl font-semibold tracking-tight">{title}</h1>
      {lead !== undefined && <p className="mt-1.5 max-w-2xl text-muted">{lead}</p>}
      <StatusStrip log={log} />
      <nav aria-label={t('sections')} className="mb-5 flex gap-5 overflow-x-auto border-b border-line max-sm:-mx-4 max-sm:px-4">
        <Tab to="/dashboard/log" current={view.name === 'log'} icon={<ListChecks aria-hidden="true" />}>
          {t('events')}
        </Tab>
        <Tab
          to="/dashboard/alerts"
          current={view.name === 'log-alerts'}
          icon={<Bell aria-hidden="true" />}
          label={open > 0 ? t('alertsWith', { count: open }) : undefined}
        >
          {t('alerts')}
          {open > 0 && <span className="rounded-full bg-danger-soft px-1.5 text-xs font-semibold text-danger-ink">{open}</span>}
        </Tab>
        <Tab to="/dashboard/log/settings" current={view.name === 'log-settings'} icon={<SlidersHorizontal aria-hidden="true" />}>
          {t('settings')}
        </Tab>
      </nav>
      {children}
    </>
  );
}

function Tab({
  to,
  current,
  icon,
  label,
  children,
}: {
  to: string;
  current: boolean;
  icon: ReactNode;
  label?: string | undefined;
  children: ReactNode;
}) {
  return (
    <Link
      to={to}
      aria-current={current ? 'page' : undefined}
      aria-label={label}
      className={cx(
        '-mb-px inline-flex h-11 shrink-0 items-center gap-2 border-b-2 text-sm font-medium whitespace-nowrap focus-visible:-outline-offset-2 [&_svg]:size-4 max-sm:[&_svg]:hidden',
        current ? 'border-accent text-ink' : 'border-transparent text-muted hover:border-line-strong hover:text-ink',
      )}
    >
      {icon}
      {children}
    </Link>
  );
}
