import { RoomPassword } from '@conclave/protocol/rest/join';
import { LIMITS } from '@conclave/protocol/limits';
import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { useId, useState, type SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '../app/api.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { PasswordField } from '../ui/TextField.tsx';
import { useInitialFocus } from '../ui/use-initial-focus.ts';
import { useToast } from '../ui/Toast.tsx';
import { roomTitle } from './room-names.ts';
import { setPassword } from './rooms-api.ts';

/** Sets, replaces or removes the password of a room. */
export function PasswordDialog({ room, onClose, onSaved }: { room: RoomHead; onClose(): void; onSaved(room: RoomHead): void }) {
  const { t } = useTranslation(['dashboard', 'common', 'errors']);
  const toast = useToast();
  const formId = useId();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const save = async (password: string | null) => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    const answer = await setPassword(room, password);
    setBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    onSaved({ ...room, has_password: password !== null });
    onClose();
    return toast({ text: t(password === null ? 'dashboard:passwordIsRemoved' : 'dashboard:passwordIsSet') });
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={t('dashboard:passwordTitle', { room: roomTitle(room) })}
      description={t('dashboard:passwordText')}
      footer={
        <>
          {room.has_password === true && <Button onClick={() => void save(null)}>{t('dashboard:passwordRemove')}</Button>}
          <Button type="submit" form={formId} tone="primary" busy={busy}>
            {t('dashboard:passwordSet')}
          </Button>
        </>
      }
    >
      <PasswordForm id={formId} onSave={save} />
      {failure && (
        <Banner tone="danger" live="alert" title={t(`errors:${failure.code}.title`)} className="mt-4">
          {t(`errors:${failure.code}.action`)}
        </Banner>
      )}
    </Dialog>
  );
}

function PasswordForm({ id, onSave }: { id: string; onSave(password: string): Promise<unknown> }) {
  const { t } = useTranslation('dashboard');
  const first = useInitialFocus<HTMLInputElement>();
  const [typed, setTyped] = useState('');
  const [checked, setChecked] = useState(false);
  const parsed = RoomPassword.safeParse(typed);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setChecked(true);
    if (parsed.success) void onSave(parsed.data);
  };
  return (
    <form id={id} noValidate onSubmit={submit}>
      <PasswordField
        label={t('passwordField')}
        value={typed}
        autoComplete="new-password"
        maxLength={LIMITS.passwordLength}
        ref={first}
        onChange={({ target }) => setTyped(target.value)}
        error={checked && !parsed.success && t('passwordWrong', { max: LIMITS.passwordLength })}
      />
    </form>
  );
}
