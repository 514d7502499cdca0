import { KeyRound, Link2Off } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call, type Failure } from '../app/api.ts';
import { FullPage } from '../app/FullPage.tsx';
import { Link } from '../app/navigation.tsx';
import { LoadingPage } from '../app/App.tsx';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { Button, buttonClass } from '../ui/Button.tsx';
import { ErrorState } from '../ui/StatePanel.tsx';
import { SetupForm } from './SetupForm.tsx';

type LinkState = { kind: 'checking' } | { kind: 'good'; token: string } | { kind: 'used' } | { kind: 'missing' } | { kind: 'failed'; failure: Failure };

/** The page of the one-time owner link. */
export function SetupPage({ token }: { token: string | null }) {
  const { t } = useTranslation('setup');
  const [link, setLink] = useState<LinkState>(token === null ? { kind: 'missing' } : { kind: 'checking' });
  const [tries, setTries] = useState(0);
  useDocumentTitle(t('title'));

  useEffect(() => {
    if (token === null) return undefined;
    const abort = new AbortController();
    void call('/api/setup/check', { method: 'POST', body: { token }, signal: abort.signal }).then((answer) => {
      if (abort.signal.aborted) return;
      if (answer.ok) setLink({ kind: 'good', token });
      else setLink(isUnusable(answer.failure) ? { kind: 'used' } : { kind: 'failed', failure: answer.failure });
    });
    return () => abort.abort();
  }, [token, tries]);

  switch (link.kind) {
    case 'checking': return <LoadingPage />;
    case 'good': return <SetupForm token={link.token} onUsed={() => setLink({ kind: 'used' })} />;
    case 'used': return <BadLinkPage icon={<KeyRound aria-hidden="true" />} title={t('usedTitle')} text={t('usedText')} />;
    case 'missing': return <BadLinkPage icon={<Link2Off aria-hidden="true" />} title={t('missingTitle')} text={t('missingText')} />;
    case 'failed': return <FailedPage failure={link.failure} onRetry={() => { setLink({ kind: 'checking' }); setTries(tries + 1); }} />;
  }
}

/** A malformed token is as useless as a used one. */
export function isUnusable(failure: Failure): boolean {
  return failure.code === 'sign_in_required' || failure.code === 'bad_request' || failure.code === 'not_found' || failure.code === 'conflict';
}

function BadLinkPage({ icon, title, text }: { icon: React.ReactNode; title: string; text: string }) {
  const { t } = useTranslation('setup');
  return (
    <FullPage>
      <ErrorState level={1} icon={icon} title={title} actions={<Link to="/sign-in" className={buttonClass('primary')}>{t('toSignIn')}</Link>}>
        {text}
      </ErrorState>
    </FullPage>
  );
}

function FailedPage({ failure, onRetry }: { failure: Failure; onRetry(): void }) {
  const { t } = useTranslation(['errors', 'common']);
  return (
    <FullPage>
      <ErrorState level={1} icon={<Link2Off aria-hidden="true" />} title={t(`errors:${failure.code}.title`)} actions={<Button tone="primary" onClick={onRetry}>{t('common:tryAgain')}</Button>}>
        {t(`errors:${failure.code}.action`)}
      </ErrorState>
    </FullPage>
  );
}
