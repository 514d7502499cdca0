import type { EntryReply } from '@conclave/protocol/rest/join';
import { PersonName } from '@conclave/protocol/rest/person';
import { ShieldCheck } from 'lucide-react';
import { LIMITS } from '@conclave/protocol/limits';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckButton, CheckLink } from '../check/CheckLink.tsx';
import { CheckAfterFailure } from '../check/CheckAfterFailure.tsx';
import { PrivacyLink } from '../privacy/PrivacyLink.tsx';
import { Avatar } from '../ui/Avatar.tsx';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { PasswordField, TextField } from '../ui/TextField.tsx';
import type { PasswordFault } from './password-fault.ts';

/** What somebody says at the door; null where nothing is asked. */
export interface JoinAnswers {
  name: string | null;
  password: string | null;
}

const PASSWORD_TEXTS = {
  missing: 'prejoin:passwordMissing',
  password_required: 'prejoin:passwordNew',
  password_wrong: 'prejoin:passwordWrong',
} as const;

interface JoinFormProps {
  entry: EntryReply;
  name: string;
  passwordFault: PasswordFault | null;
  onName(name: string): void;
  /** Join may be pressed in a moment. */
  onApproach(answers: JoinAnswers): void;
  /** Rejects when what the room needs could not be fetched. */
  onJoin(answers: JoinAnswers): Promise<void>;
}

/** The room, one's name and the way in. */
export function JoinForm({ entry, name, passwordFault, onName, onApproach, onJoin }: JoinFormProps) {
  const { t } = useTranslation(['prejoin', 'errors']);
  const field = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const [nameMissing, setNameMissing] = useState(false);
  const [password, setPassword] = useState('');
  const [passwordProblem, setPasswordProblem] = useState<PasswordFault | 'missing' | null>(passwordFault);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    // The field may come a moment later, with the news that the room has a password.
    if (passwordFault !== null && entry.needsPassword) passwordField.current?.focus();
  }, [passwordFault, entry.needsPassword]);
  const watching = !entry.may.microphone && !entry.may.camera;

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (busy) return;
    const given = PersonName.safeParse(name);
    if (!entry.name.fixed && !given.success) {
      setNameMissing(true);
      field.current?.focus();
      return;
    }
    if (entry.needsPassword && password === '') {
      setPasswordProblem('missing');
      passwordField.current?.focus();
      return;
    }
    setBusy(true);
    setFailed(false);
    try {
      await onJoin({ name: entry.name.fixed ? null : (given.data ?? null), password: entry.needsPassword ? password : null });
    } catch {
      setFailed(true);
      setBusy(false);
    }
  };
  /** A password is tried when it has been said that it is one. */
  const approach = () => {
    const given = PersonName.safeParse(name);
    if (!busy && !entry.needsPassword && (entry.name.fixed || given.success))
      onApproach({ name: entry.name.fixed ? null : (given.data ?? null), password: null });
  };
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-5">
      {entry.name.fixed ? (
        <FixedName name={entry.name.value ?? ''} />
      ) : (
        <TextField
          ref={field}
          label={t('prejoin:yourName')}
          placeholder={t('prejoin:yourNamePlaceholder')}
          name="name"
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={(event) => {
            onName(event.target.value);
            setNameMissing(false);
          }}
          error={nameMissing && t('prejoin:nameMissing')}
        />
      )}
      {entry.needsPassword && (
        <PasswordField
          ref={passwordField}
          label={t('prejoin:password')}
          hint={t('prejoin:passwordHint')}
          name="room-password"
          autoComplete="off"
          maxLength={LIMITS.passwordLength}
          value={password}
          onChange={(event) => {
            setPassword(event.target.value);
            setPasswordProblem(null);
          }}
          error={passwordProblem !== null && t(PASSWORD_TEXTS[passwordProblem])}
        />
      )}
      {entry.waits && (
        <Banner tone="info" title={t('prejoin:waits')}>
          {entry.lobbyMessage ?? t('prejoin:waitsText')}
        </Banner>
      )}
      {failed && (
        <Banner tone="danger" live="alert" title={t('errors:network.title')} action={<CheckButton size="small" />}>
          {t('errors:network.action')}
        </Banner>
      )}
      {failed && <CheckAfterFailure />}
      {/* The name stays `Join` while it is busy: others wait for that name. */}
      <Button type="submit" tone="primary" size="large" busy={busy} onPointerEnter={approach} onPointerDown={approach} onFocus={approach}>
        {t('prejoin:join')}
      </Button>
      <p className="flex gap-2.5 text-sm text-muted">
        <ShieldCheck aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
        <span>
          {watching ? t('prejoin:attendeePrivacy') : t('prejoin:privacy')} <PrivacyLink />
          <span className="mt-1 block">
            <CheckLink />
          </span>
        </span>
      </p>
    </form>
  );
}

function FixedName({ name }: { name: string }) {
  const { t } = useTranslation('prejoin');
  return (
    <div className="flex items-center gap-3 rounded-2xl border border-line bg-surface p-3">
      <Avatar name={name} />
      <div className="min-w-0">
        <p className="text-sm text-muted">{t('joiningAs')}</p>
        <p className="truncate font-medium">{name}</p>
      </div>
    </div>
  );
}
