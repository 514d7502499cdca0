import { KeyRound, Link2Off } from 'lucide-react';
import { useCallback, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { call, type Failure } from '../app/api.ts';
import { useAnswer } from '../app/use-answer.ts';
import { FullPage } from '../app/FullPage.tsx';
import { Link } from '../app/navigation.tsx';
import { LoadingPage } from '../app/LoadingPage.tsx';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Button, buttonClass } from '../ui/Button.tsx';
import { ErrorState } from '../ui/StatePanel.tsx';
import { SetupForm } from './SetupForm.tsx';
import { isUnusableLink } from './unusable-link.ts';

/** The page of the one-time owner link. */
export function SetupPage({ token }: { token: string | null }) {
  const { t } = useTranslation('setup');
  useDocumentTitle(t('title'));
  if (token === null) return <BadLinkPage icon={<Link2Off aria-hidden="true" />} title={t('missingTitle')} text={t('missingText')} />;
  return <CheckedLink token={token} />;
}

function CheckedLink({ token }: { token: string }) {
  const { t } = useTranslation('setup');
  const check = useCallback((signal: AbortSignal) => call('/api/setup/check', { method: 'POST', body: { token }, signal }), [token]);
  const { loaded, retry } = useAnswer(check);
  const [used, setUsed] = useState(false);
  if (used || (loaded.kind === 'failed' && isUnusableLink(loaded.failure))) {
    return <BadLinkPage icon={<KeyRound aria-hidden="true" />} title={t('usedTitle')} text={t('usedText')} />;
  }
  switch (loaded.kind) {
    case 'loading':
      return <LoadingPage />;
    case 'ready':
      return <SetupForm token={token} onUsed={() => setUsed(true)} />;
    case 'failed':
      return <FailedPage failure={loaded.failure} onRetry={retry} />;
  }
}

function BadLinkPage({ icon, title, text }: { icon: ReactNode; title: string; text: string }) {
  const { t } = useTranslation('setup');
  return (
    <FullPage>
      <ErrorState
        level={1}
        icon={icon}
        title={title}
        actions={
          <Link to="/sign-in" className={buttonClass('primary')}>
            {t('toSignIn')}
          </Link>
        }
      >
        {text}
      </ErrorState>
    </FullPage>
  );
}

function FailedPage({ failure, onRetry }: { failure: Failure; onRetry(): void }) {
  const { t } = useTranslation(['errors', 'common']);
  return (
    <FullPage>
      <ErrorState
        level={1}
        icon={<Link2Off aria-hidden="true" />}
        title={t(`errors:${failure.code}.title`)}
        actions={
          <Button tone="primary" onClick={onRetry}>
            {t('common:tryAgain')}
          </Button>
        }
      >
        {t(`errors:${failure.code}.action`)}
      </ErrorState>
    </FullPage>
  );
}
