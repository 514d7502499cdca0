import { Me } from '@conclave/protocol/rest/setup';
import { ServerOff } from 'lucide-react';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../app/api.ts';
import { LoadingPage } from '../app/LoadingPage.tsx';
import { FullPage } from '../app/FullPage.tsx';
import { useNavigation } from '../app/navigation.tsx';
import type { DashboardRoute } from '../app/route.ts';
import { signInAddress } from '../app/sign-in-address.ts';
import { useAnswer } from '../app/use-answer.ts';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Button } from '../ui/Button.tsx';
import { Logo } from '../ui/Logo.tsx';
import { Spinner } from '../ui/Spinner.tsx';
import { ErrorState } from '../ui/StatePanel.tsx';
import { AccountMenu } from './AccountMenu.tsx';
import { DashboardNav } from './DashboardNav.tsx';
import { loadLogPages } from './log/load.ts';
import { loadRolesPage } from './roles/load.ts';
import { Meetings } from './Meetings.tsx';
import { useLogStatus } from './use-log-status.ts';

const LogPages = lazy(loadLogPages);
const RolesPage = lazy(loadRolesPage);
const loadMe = (signal: AbortSignal) => call('/api/me', { reply: Me, signal });

/** The team's rooms and its event log, for who is signed in; sends everybody else to the sign-in page. */
export function DashboardPage({ view }: { view: DashboardRoute }) {
  const { t } = useTranslation(['dashboard', 'errors', 'common']);
  const { navigate } = useNavigation();
  const { loaded, retry } = useAnswer(loadMe);
  const signedOut = loaded.kind === 'failed' && loaded.failure.code === 'sign_in_required';
  useDocumentTitle(view.name === 'dashboard' ? t('dashboard:title') : null);
  useEffect(() => {
    if (signedOut) navigate(signInAddress(location), 'replace');
  }, [navigate, signedOut]);

  if (loaded.kind === 'loading' || signedOut) return <LoadingPage />;
  if (loaded.kind === 'ready') return <Dashboard me={loaded.data} view={view} />;
  return (
    <FullPage>
      <ErrorState
        level={1}
        icon={<ServerOff aria-hidden="true" />}
        title={t(`errors:${loaded.failure.code}.title`)}
        actions={
          <Button tone="primary" onClick={retry}>
            {t('common:tryAgain')}
          </Button>
        }
      >
        {t(`errors:${loaded.failure.code}.action`)}
      </ErrorState>
    </FullPage>
  );
}

function Dashboard({ me, view }: { me: Me; view: DashboardRoute }) {
  const { t } = useTranslation('common');
  const { navigate } = useNavigation();
  const mayReadLog = me.role === 'owner';
  const log = useLogStatus(mayReadLog);
  const signedOut = log.failure?.code === 'sign_in_required';
  useEffect(() => {
    // The sign-in ended while the page was open: what it asks would be refused again and again.
    if (signedOut) navigate(signInAddress(location), 'replace');
  }, [navigate, signedOut]);
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-50 focus-visible:not-sr-only focus-visible:fixed focus-visible:top-3 focus-visible:left-3 focus-visible:rounded-lg focus-visible:bg-raised focus-visible:px-4 focus-visible:py-3"
      >
        {t('skipToContent')}
      </a>
      <header className="sticky top-0 z-10 border-b border-line bg-bg/85 backdrop-blur-md">
        <div className="mx-auto flex min-h-16 max-w-5xl flex-wrap items-center gap-x-4 px-4 max-sm:pt-2 max-sm:pb-1.5 sm:px-6">
          <Logo />
          <span aria-hidden="true" className="h-5 w-px bg-line max-sm:hidden" />
          <span className="min-w-0 flex-1 truncate text-sm text-muted">{me.team.name}</span>
          <DashboardNav view={view} openAlerts={mayReadLog ? (log.status?.openAlerts ?? 0) : null} />
          <AccountMenu me={me} />
        </div>
      </header>
      <main id="content" className="mx-auto w-full max-w-5xl flex-1 px-4 pt-8 pb-20 sm:px-6 sm:pt-12">
        {view.name === 'dashboard' ? (
          <Meetings memberName={me.name} />
        ) : (
          <Suspense fallback={<LoadingPart />}>{view.name === 'roles' ? <RolesPage /> : <LogPages view={view} log={log} />}</Suspense>
        )}
      </main>
    </div>
  );
}

function LoadingPart() {
  const { t } = useTranslation('common');
  return (
    <p role="status" className="flex animate-late items-center justify-center gap-3 py-16 text-muted">
      <Spinner />
      {t('loading')}
    </p>
  );
}
