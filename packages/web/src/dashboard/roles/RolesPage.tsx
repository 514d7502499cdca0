import type { RoleReply } from '@conclave/protocol/rest/roles';
import { Copy, KeyRound, MoreHorizontal, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAnswer } from '../../app/use-answer.ts';
import { useDocumentTitle } from '../../app/use-document-title.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu, MenuItem, MenuSeparator } from '../../ui/Menu.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { LoadFailed } from '../../ui/LoadFailed.tsx';
import { DeleteRoleDialog } from './DeleteRoleDialog.tsx';
import { PolicyTable } from './PolicyTable.tsx';
import { RoleDialog } from './RoleDialog.tsx';
import { fetchRoles } from './roles-api.ts';

type Open =
  | { kind: 'none' }
  | { kind: 'create'; template: RoleReply | null }
  | { kind: 'edit'; role: RoleReply }
  | { kind: 'delete'; role: RoleReply };

/** The roles of the team, and the one table of what each may do. */
export function RolesPage() {
  const { t } = useTranslation(['roles', 'errors', 'common']);
  const { loaded, retry, update } = useAnswer(fetchRoles);
  const [open, setOpen] = useState<Open>({ kind: 'none' });
  const close = () => setOpen({ kind: 'none' });
  useDocumentTitle(t('roles:title'));
  const stored = (role: RoleReply) =>
    update((roles) => (roles.some(({ id }) => id === role.id) ? roles.map((old) => (old.id === role.id ? role : old)) : [...roles, role]));
  return (
    <>
      <div className="mb-6 flex flex-wrap items-end justify-between gap-4">
        <div>
          <h1 className="text-3xl font-semibold tracking-tight">{t('roles:title')}</h1>
          <p className="mt-1.5 max-w-2xl text-muted">{t('roles:lead')}</p>
        </div>
        {loaded.kind === 'ready' && (
          <Button
            tone="primary"
            icon={<Plus aria-hidden="true" className="size-4.5" />}
            onClick={() => setOpen({ kind: 'create', template: null })}
          >
            {t('roles:new')}
          </Button>
        )}
      </div>
      {loaded.kind === 'loading' && (
        <p role="status" className="flex animate-late items-center gap-3 py-16 text-muted">
          <Spinner />
          {t('roles:loading')}
        </p>
      )}
      {loaded.kind === 'failed' && <LoadFailed code={loaded.failure.code} className="py-16" onRetry={retry} />}
      {loaded.kind === 'ready' && (
        <>
          <ul className="mb-8 grid gap-3 sm:grid-cols-2">
            {loaded.data.map((role) => (
              <RoleCard key={role.id} role={role} onOpen={setOpen} />
            ))}
          </ul>
          <PolicyTable roles={loaded.data} />
          {open.kind === 'create' && (
            <RoleDialog edited={null} template={open.template} roles={loaded.data} onClose={close} onStored={stored} />
          )}
          {open.kind === 'edit' && <RoleDialog edited={open.role} template={null} roles={loaded.data} onClose={close} onStored={stored} />}
          {open.kind === 'delete' && (
            <DeleteRoleDialog
              role={open.role}
              onClose={close}
              onDeleted={({ id }) => update((roles) => roles.filter((role) => role.id !== id))}
            />
          )}
        </>
      )}
    </>
  );
}

function RoleCard({ role, onOpen }: { role: RoleReply; onOpen(open: Open): void }) {
  const { t } = useTranslation('roles');
  return (
    <li className="flex items-start gap-3 rounded-2xl border border-line bg-surface p-4">
      <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-xl bg-hover text-muted">
        <KeyRound aria-hidden="true" className="size-4.5" />
      </span>
      <div className="min-w-0 flex-1">
        <h2 className="font-medium wrap-anywhere">{role.display_name}</h2>
        <p className="mt-0.5 flex flex-wrap items-center gap-1.5 text-xs text-muted">
          <span className="font-mono">{role.name}</span>
          <Badge tone={role.is_built_in ? 'neutral' : 'accent'}>{t(role.is_built_in ? 'builtIn' : 'own')}</Badge>
          {role.default && <Badge>{t('default')}</Badge>}
        </p>
        {role.description !== '' && <p className="mt-2 text-sm text-muted wrap-anywhere">{role.description}</p>}
      </div>
      <Menu
        trigger={
          <IconButton label={t('moreFor', { role: role.display_name })} icon={<MoreHorizontal aria-hidden="true" />} tooltip={false} />
        }
      >
        {!role.is_built_in && (
          <MenuItem icon={<Pencil aria-hidden="true" />} onSelect={() => onOpen({ kind: 'edit', role })}>
            {t('edit')}
          </MenuItem>
        )}
        <MenuItem icon={<Copy aria-hidden="true" />} onSelect={() => onOpen({ kind: 'create', template: role })}>
          {t('copy')}
        </MenuItem>
        {!role.is_built_in && (
          <>
            <MenuSeparator />
            <MenuItem icon={<Trash2 aria-hidden="true" />} tone="danger" onSelect={() => onOpen({ kind: 'delete', role })}>
              {t('delete')}
            </MenuItem>
          </>
        )}
      </Menu>
    </li>
  );
}
