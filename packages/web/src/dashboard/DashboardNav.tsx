import { KeyRound, ScrollText, Video } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from '../app/navigation.tsx';
import type { DashboardRoute } from '../app/route.ts';
import { cx } from '../ui/cx.ts';

/** The parts of the dashboard. `openAlerts` null: no event log for who is no owner. */
export function DashboardNav({ view, openAlerts }: { view: DashboardRoute; openAlerts: number | null }) {
  const { t } = useTranslation('dashboard');
  const inLog = view.name !== 'dashboard' && view.name !== 'roles';
  return (
    <nav aria-label={t('sections')} className="flex gap-1 max-sm:order-last max-sm:-mx-2 max-sm:w-full">
      <NavLink to="/dashboard" current={view.name === 'dashboard'} icon={<Video aria-hidden="true" />}>
        {t('title')}
      </NavLink>
      <NavLink to="/dashboard/roles" current={view.name === 'roles'} icon={<KeyRound aria-hidden="true" />}>
        {t('roles')}
      </NavLink>
      {openAlerts !== null && (
        <NavLink to="/dashboard/log" current={inLog} icon={<ScrollText aria-hidden="true" />}>
          {t('eventLog')}
          {openAlerts > 0 && (
            <span className="inline-flex h-5 min-w-5 items-center justify-center rounded-full bg-danger px-1.5 text-xs font-semibold text-on-danger">
              <span aria-hidden="true">{openAlerts > 99 ? '99+' : openAlerts}</span>
              <span className="sr-only">{t('openAlerts', { count: openAlerts })}</span>
            </span>
          )}
        </NavLink>
      )}
    </nav>
  );
}

function NavLink({ to, current, icon, children }: { to: string; current: boolean; icon: ReactNode; children: ReactNode }) {
  return (
    <Link
      to={to}
      aria-current={current ? 'page' : undefined}
      className={cx(
        'inline-flex h-11 items-center gap-2 rounded-xl px-3 text-sm font-medium whitespace-nowrap transition-colors duration-100 max-sm:flex-1 max-sm:justify-center [&_svg]:size-4.5 [&_svg]:shrink-0',
        current ? 'bg-accent-soft text-accent-ink' : 'text-muted hover:bg-hover hover:text-ink',
      )}
    >
      {icon}
      {children}
    </Link>
  );
}
