import { permits } from '@conclave/protocol/roles';
import type { RoleName } from '@conclave/protocol/roles';
import { useTranslation } from 'react-i18next';
import { useShallow } from 'zustand/react/shallow';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { useCommands, useSession } from '../session-context.tsx';
import { useRoleName } from './role-name.ts';
import { useTell } from './use-moderate.ts';

/** Which roles may write to everybody, and to one another, now. Only roles that may at all are listed. */
export function ChatSwitches() {
  const { t } = useTranslation('room');
  const { ask } = useCommands();
  const tell = useTell();
  const { roles, controls } = useSession(useShallow(({ room }) => ({ roles: room?.roles, controls: room?.controls })));
  if (!roles || !controls) return null;
  const names = (permission: 'general_chat' | 'private_chat') =>
    roles.filter(({ permissions }) => permits(permissions, permission)).map(({ name }) => name);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <RoleChoices
        label={t('moderation.mayWrite')}
        roles={names('general_chat')}
        closedTo={controls.chatClosedTo}
        onChange={(closedTo) => void tell(ask('room.set-chat', { closedTo }))}
      />
      <RoleChoices
        label={t('moderation.mayWritePrivately')}
        roles={names('private_chat')}
        closedTo={controls.privateChatClosedTo}
        onChange={(privateClosedTo) => void tell(ask('room.set-chat', { privateClosedTo }))}
      />
    </div>
  );
}

interface RoleChoicesProps {
  label: string;
  roles: readonly RoleName[];
  closedTo: readonly RoleName[];
  onChange(closedTo: RoleName[]): void;
}

function RoleChoices({ label, roles, closedTo, onChange }: RoleChoicesProps) {
  const roleName = useRoleName();
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 text-sm font-medium">{label}</legend>
      {roles.map((role) => (
        <Checkbox
          key={role}
          label={roleName(role)}
          checked={!closedTo.includes(role)}
          onChange={(open) => onChange(open ? closedTo.filter((other) => other !== role) : [...closedTo, role])}
        />
      ))}
    </fieldset>
  );
}
