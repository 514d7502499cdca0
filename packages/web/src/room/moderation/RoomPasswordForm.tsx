import { LIMITS } from '@conclave/protocol/limits';
import { RoomPassword } from '@conclave/protocol/rest/join';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { PasswordField } from '../../ui/TextField.tsx';
import { useCommands, useSession } from '../session-context.tsx';
import { useTell } from './use-moderate.ts';

/** Sets, replaces or removes the room's password while the meeting runs; who is in stays in. */
export function RoomPasswordForm() {
  const { t } = useTranslation('room');
  const { ask } = useCommands();
  const tell = useTell();
  const hasPassword = useSession((state) => state.room?.hasPassword ?? false);
  const [typed, setTyped] = useState('');
  const parsed = RoomPassword.safeParse(typed);
  const save = async (password: string | null) => {
    const done = t(password === null ? 'moderation.done.passwordRemoved' : 'moderation.done.passwordSet');
    if (await tell(ask('room.set-password', { password }), { done })) setTyped('');
  };
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (parsed.success) void save(parsed.data);
  };
  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-start gap-2">
      <PasswordField
        className="min-w-56 flex-1 max-sm:basis-full"
        label={t('moderation.password')}
        hint={t(hasPassword ? 'moderation.passwordSet' : 'moderation.passwordNone')}
        value={typed}
        autoComplete="new-password"
        maxLength={LIMITS.passwordLength}
        onChange={({ target }) => setTyped(target.value)}
      />
      <div className="flex gap-2 sm:pt-6.5">
        <Button type="submit" aria-disabled={!parsed.success}>
          {t('moderation.passwordSave')}
        </Button>
        {hasPassword && (
          <Button tone="ghost" onClick={() => void save(null)}>
            {t('moderation.passwordRemove')}
          </Button>
        )}
      </div>
    </form>
  );
}
