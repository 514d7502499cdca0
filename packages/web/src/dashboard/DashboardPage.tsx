import { Me } from '@conclave/protocol/rest/setup';
import { ServerOff } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '../app/api.ts';
import { LoadingPage } from '../app/LoadingPage.tsx';
import { FullPage } from '../app/FullPage.tsx';
import { useNavigation } from '../app/navigation.tsx';
import { useAnswer } from '../app/use-answer.ts';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Button } from '../ui/Button.tsx';
import { Logo } from '../ui/Logo.tsx';
import { ErrorState } from '../ui/StatePanel.tsx';
import { AccountMenu } from './AccountMenu.tsx';
import { Meetings } from './Meetings.tsx';

const loadMe = (signal: AbortSignal) => call('/api/me', { reply: Me, signal });

/** The team's rooms, for who is signed in; sends everybody else to the sign-in page. */
export function DashboardPage() {
  const { t } = useTranslation(['dashboard', 'errors', 'common']);
  const { navigate } = useNavigation();
  const { loaded, retry } = useAnswer(loadMe);
  const signedOut = loaded.kind === 'failed' && loaded.failure.code === 'sign_in_required';
  useDocumentTitle(t('dashboard:title'));
  useEffect(() => {
    if (signedOut) navigate('/sign-in', 'replace');
  }, [navigate, signedOut]);

  if (loaded.kind === 'loading' || signedOut) return <LoadingPage />;
  if (loaded.kind === 'ready') return <Dashboard me={loaded.data} />;
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

function Dashboard({ me }: { me: Me }) {
  const { t } = useTranslation('common');
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only z-50 focus-visible:not-sr-only focus-visible:fixed focus-visible:top-3 focus-visible:left-3 focus-visible:rounded-lg focus-visible:bg-raised focus-visible:px-4 focus-visible:py-3"
      >
        {t('skipToContent')}
      </a>
      <header className="sticky top-0 z-10 border-b border-line bg-bg/85 backdrop-blur-md">
        <div className="mx-auto flex h-16 max-w-5xl items-center gap-4 px-4 sm:px-6">
          <Logo />
          <span aria-hidden="true" className="h-5 w-px bg-line max-sm:hidden" />
          <span className="min-w-0 flex-1 truncate text-sm text-muted">{me.team.name}</span>
          <AccountMenu me={me} />
        </div>
      </header>
      <main id="content" className="mx-auto w-full max-w-5xl flex-1 px-4 pt-8 pb-20 sm:px-6 sm:pt-12">
        <Meetings memberName={me.name} />
      </main>
    </div>
  );
}
