import { MousePointerClick, Server, ShieldCheck, type LucideIcon } from 'lucide-react';
import { useRef, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { call, type Failure } from '../app/api.ts';
import { useNavigation } from '../app/navigation.tsx';
import { PageHeader } from '../app/FullPage.tsx';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { PasswordField, TextField } from '../ui/TextField.tsx';
import { useInitialFocus } from '../ui/use-initial-focus.ts';
import { checkSetupForm, SETUP_FIELDS, type FieldFault, type SetupField, type SetupForm as FormValues } from './form-fields.ts';
import { isUnusableLink } from './unusable-link.ts';

const EMPTY: FormValues = { teamName: '', name: '', email: '', password: '' };

/** Names the team and creates its owner; goes on to the dashboard, signed in. */
export function SetupForm({ token, onUsed }: { token: string; onUsed(): void }) {
  const { t } = useTranslation('setup');
  return (
    <div className="flex min-h-dvh flex-col">
      <PageHeader />
      <main className="mx-auto grid w-full max-w-5xl flex-1 items-center gap-10 px-4 pt-4 pb-16 sm:px-6 lg:grid-cols-[1fr_26rem] lg:gap-20">
        <div className="max-lg:mx-auto max-lg:w-full max-lg:max-w-md">
          <h1 className="text-3xl font-semibold tracking-tight lg:text-4xl">{t('title')}</h1>
          <p className="mt-3 max-w-md text-muted lg:text-lg">{t('lead')}</p>
          <ul className="mt-10 hidden max-w-md flex-col gap-6 lg:flex">
            <Benefit icon={Server} title={t('benefitOneTitle')} text={t('benefitOneText')} />
            <Benefit icon={MousePointerClick} title={t('benefitTwoTitle')} text={t('benefitTwoText')} />
            <Benefit icon={ShieldCheck} title={t('benefitThreeTitle')} text={t('benefitThreeText')} />
          </ul>
        </div>
        <Fields token={token} onUsed={onUsed} />
      </main>
    </div>
  );
}

function Benefit({ icon: Icon, title, text }: { icon: LucideIcon; title: string; text: string }) {
  return (
    <li className="flex gap-4">
      <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-xl bg-accent-soft text-accent-ink">
        <Icon aria-hidden="true" className="size-5" />
      </span>
      <div>
        <p className="font-medium">{title}</p>
        <p className="mt-0.5 text-sm text-muted">{text}</p>
      </div>
    </li>
  );
}

function Fields({ token, onUsed }: { token: string; onUsed(): void }) {
  const { t } = useTranslation(['setup', 'errors']);
  const { navigate } = useNavigation();
  const form = useRef<HTMLFormElement>(null);
  const first = useInitialFocus<HTMLInputElement>();
  const [values, setValues] = useState(EMPTY);
  const [faults, setFaults] = useState<Partial<Record<SetupField, FieldFault>>>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);

  const show = (found: typeof faults) => {
    setFaults(found);
    const wrong = SETUP_FIELDS.find((field) => found[field]);
    if (wrong) form.current?.querySelector<HTMLInputElement>(`[name="${wrong}"]`)?.focus();
    return wrong === undefined;
  };
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    setFailure(null);
    if (busy || !show(checkSetupForm(values))) return;
    setBusy(true);
    const answer = await call('/api/setup', { method: 'POST', body: { token, ...values } });
    setBusy(false);
    if (answer.ok) navigate('/dashboard', 'replace');
    else if (answer.failure.code === 'bad_request' && answer.failure.paths.includes('email')) show({ email: 'emailInvalid' });
    else if (isUnusableLink(answer.failure)) onUsed();
    else setFailure(answer.failure);
  };
  const field = (name: SetupField) => ({
    name,
    value: values[name],
    error: faults[name] && t(`setup:${faults[name]}`),
    onChange: (event: { target: { value: string } }) => {
      setValues({ ...values, [name]: event.target.value });
      setFaults({ ...faults, [name]: undefined });
    },
  });
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => void submit(event)}
      className="mx-auto flex w-full max-w-md flex-col gap-5 rounded-3xl border border-line bg-surface p-6 shadow-raised sm:p-8"
    >
      <TextField
        label={t('setup:teamName')}
        hint={t('setup:teamNameHint')}
        autoComplete="organization"
        ref={first}
        {...field('teamName')}
      />
      <TextField label={t('setup:yourName')} autoComplete="name" {...field('name')} />
      <TextField label={t('setup:email')} type="email" inputMode="email" autoComplete="email" {...field('email')} />
      <PasswordField label={t('setup:password')} hint={t('setup:passwordHint')} autoComplete="new-password" {...field('password')} />
      {failure && (
        <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)}>
          {t(`errors:${failure.code}.action`)}
        </Banner>
      )}
      <Button type="submit" tone="primary" size="large" busy={busy}>
        {busy ? t('setup:creating') : t('setup:create')}
      </Button>
    </form>
  );
}
