import { useRef, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { call, type Failure } from '../app/api.ts';
import { FullPage } from '../app/FullPage.tsx';
import { useNavigation } from '../app/navigation.tsx';
import { pageAfterSignIn } from '../app/sign-in-address.ts';
import { useDocumentTitle } from '../app/use-document-title.ts';
import { PrivacyLink } from '../privacy/PrivacyLink.tsx';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { PasswordField, TextField } from '../ui/TextField.tsx';
import { useInitialFocus } from '../ui/use-initial-focus.ts';

/** Sign-in of members with e-mail and password. */
export function SignInPage() {
  const { t } = useTranslation('setup');
  useDocumentTitle(t('signInTitle'));
  return (
    <FullPage>
      <div className="w-full max-w-sm">
        <h1 className="text-center text-3xl font-semibold tracking-tight">{t('signInTitle')}</h1>
        <p className="mt-2 mb-8 text-center text-muted">{t('signInLead')}</p>
        <SignInForm />
        <p className="mt-6 text-center text-sm">
          <PrivacyLink />
        </p>
      </div>
    </FullPage>
  );
}

function SignInForm() {
  const { t } = useTranslation('setup');
  const { navigate, search } = useNavigation();
  const form = useRef<HTMLFormElement>(null);
  const first = useInitialFocus<HTMLInputElement>();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState<{ email?: boolean; password?: boolean }>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy) return;
    setFailure(null);
    const empty = { email: email.trim() === '', password: password === '' };
    setMissing(empty);
    if (empty.email || empty.password) {
      form.current?.querySelector<HTMLInputElement>(empty.email ? '[name="email"]' : '[name="password"]')?.focus();
      return;
    }
    setBusy(true);
    const answer = await call('/api/auth/sign-in/email', { method: 'POST', body: { email: email.trim(), password } });
    setBusy(false);
    if (answer.ok) navigate(pageAfterSignIn(search), 'replace');
    else setFailure(answer.failure);
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => void submit(event)}
      className="flex flex-col gap-5 rounded-3xl border border-line bg-surface p-6 shadow-raised sm:p-8"
    >
      <TextField
        label={t('email')}
        name="email"
        type="email"
        inputMode="email"
        autoComplete="username"
        ref={first}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={missing.email && t('fieldMissing')}
      />
      <PasswordField
        label={t('password')}
        name="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={missing.password && t('fieldMissing')}
      />
      {failure && <SignInFailure failure={failure} />}
      <Button type="submit" tone="primary" size="large" busy={busy}>
        {busy ? t('signingIn') : t('signIn')}
      </Button>
    </form>
  );
}

function SignInFailure({ failure }: { failure: Failure }) {
  const { t } = useTranslation(['setup', 'errors']);
  const wrong = failure.code === 'sign_in_required' || failure.code === 'bad_request';
  return (
    <Banner tone="danger" live="alert" title={wrong ? t('setup:signInWrong') : t(`errors:${failure.code}.title`)}>
      {wrong ? t('setup:signInWrongAction') : t(`errors:${failure.code}.action`)}
    </Banner>
  );
}
