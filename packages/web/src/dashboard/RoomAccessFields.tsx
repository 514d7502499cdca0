import type { RoomHead } from '@conclave/protocol/rest/rooms';
import { LockKeyhole } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnswer } from '../app/use-answer.ts';
import { Checkbox } from '../ui/Checkbox.tsx';
import { Select } from '../ui/Select.tsx';
import { Switch } from '../ui/Switch.tsx';
import { withRole, type RoomForm } from './room-change.ts';
import { fetchRoleNames } from './rooms-api.ts';

interface RoomAccessFieldsProps {
  room: RoomHead;
  form: RoomForm;
  lacksRoles: boolean;
  onSet(part: Partial<RoomForm>): void;
}

/** Who can be what in a room, as what newcomers come in, and whether they wait. */
export function RoomAccessFields({ room, form, lacksRoles, onSet }: RoomAccessFieldsProps) {
  const { t } = useTranslation('dashboard');
  const id = useId();
  const { loaded } = useAnswer(fetchRoleNames);
  const own = room.roles ?? [];
  // The room's own are known at once; the others come when they are there.
  const others = loaded.kind === 'ready' ? loaded.data.filter(({ name }) => own.every((role) => role.name !== name)) : [];
  const roles = [...own, ...others];
  const hasOthers = form.roles.length > 1;
  return (
    <>
      <fieldset aria-describedby={id}>
        <legend className="text-sm font-medium">{t('roomRoles')}</legend>
        <div className="mt-2 grid gap-2 sm:grid-cols-2">
          {roles.map(({ name, display_name }) => (
            <Checkbox
              key={name}
              label={display_name}
              checked={form.roles.includes(name)}
              onChange={(on) => onSet(withRole(form, name, on))}
            />
          ))}
        </div>
        <p id={id} className={lacksRoles ? 'mt-1.5 text-sm text-danger-ink' : 'mt-1.5 text-sm text-muted'}>
          {t(lacksRoles ? 'roomRolesNone' : 'roomRolesHint')}
        </p>
      </fieldset>
      <Select
        label={t('defaultRole')}
        value={form.defaultRole}
        options={roles
          .filter(({ name }) => form.roles.includes(name))
          .map(({ name, display_name }) => ({ value: name, label: display_name }))}
        onChange={(defaultRole) => onSet({ defaultRole })}
      />
      <Switch
        label={t('lobby')}
        hint={t(!hasOthers ? 'lobbyImpossible' : form.hasLobby ? 'lobbyOn' : 'lobbyOff')}
        checked={form.hasLobby}
        disabled={!hasOthers}
        onChange={(hasLobby) => onSet({ hasLobby })}
      />
      {room.has_password === true && (
        <p className="flex items-center gap-2 text-sm text-muted">
          <LockKeyhole aria-hidden="true" className="size-4 shrink-0" />
          {t('hasPassword')}
        </p>
      )}
    </>
  );
}
