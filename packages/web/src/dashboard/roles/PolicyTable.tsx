import type { RoleReply } from '@conclave/protocol/rest/roles';
import type { Permission } from '@conclave/protocol/roles';
import {
  PERMISSION_AREAS,
  policyTable,
  VERBS_OF_EVERYBODY,
  type PermissionArea,
  type PolicyCell,
} from '@conclave/protocol/signalling/policy-table';
import { Check, Minus } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../log/Panel.tsx';

const AREAS = Object.keys(PERMISSION_AREAS) as PermissionArea[]; // keys of a const object
type Row = ReturnType<typeof policyTable>[number];

/** The table by which the server decides: each permission with what it opens, and what each role may do with it. */
export function PolicyTable({ roles }: { roles: readonly RoleReply[] }) {
  const { t } = useTranslation('roles');
  const rows = new Map<Permission, Row>(policyTable(roles).map((row) => [row.permission, row]));
  return (
    <Panel title={t('tableTitle')} lead={t('tableLead')}>
      {/* Many roles are wider than a page: the table moves sideways, and by the keyboard too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- else who has no mouse cannot move it */}
      <div role="group" aria-label={t('permission')} tabIndex={0} className="relative -mx-5 overflow-x-auto sm:-mx-6">
        <table className="w-full border-separate border-spacing-0 text-sm">
          <thead>
            <tr>
              <th
                scope="col"
                className="sticky left-0 z-1 min-w-48 bg-surface px-5 py-2 text-left align-bottom font-medium text-muted sm:min-w-72 sm:px-6"
              >
                {t('permission')}
              </th>
              {roles.map((role) => (
                <th key={role.id} scope="col" className="max-w-40 min-w-24 px-2 py-2 text-center align-bottom font-medium wrap-anywhere">
                  {role.display_name}
                </th>
              ))}
            </tr>
          </thead>
          {AREAS.map((area) => (
            <AreaRows key={area} area={area} rows={rows} roles={roles} />
          ))}
        </table>
      </div>
      <EverybodyMay />
    </Panel>
  );
}

function AreaRows({ area, rows, roles }: { area: PermissionArea; rows: ReadonlyMap<Permission, Row>; roles: readonly RoleReply[] }) {
  const { t } = useTranslation('roles');
  return (
    <tbody>
      <tr>
        <th
          scope="rowgroup"
          colSpan={roles.length + 1}
          className="border-t border-line bg-sunken px-5 py-2 text-left text-xs font-semibold text-muted sm:px-6"
        >
          <span className="sticky left-5 sm:left-6">{t(`area.${area}`)}</span>
        </th>
      </tr>
      {PERMISSION_AREAS[area].map((permission) => (
        <tr key={permission}>
          <th scope="row" className="sticky left-0 z-1 border-t border-line bg-surface px-5 py-2.5 text-left font-normal sm:px-6">
            <PermissionWords permission={permission} verbs={rows.get(permission)?.verbs ?? []} />
          </th>
          {roles.map((role) => (
            <td key={role.id} className="border-t border-line px-2 py-2.5 text-center align-top">
              <Cell cell={rows.get(permission)?.cells.get(role.name) ?? 'no'} roles={roles} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function PermissionWords({ permission, verbs }: { permission: Permission; verbs: Row['verbs'] }) {
  const { t } = useTranslation('roles');
  return (
    <details>
      <summary className="cursor-pointer rounded marker:text-muted">{t(`right.${permission}`)}</summary>
      <div className="mt-1.5 pl-4 text-xs text-muted">
        <p className="font-mono wrap-anywhere">{permission}</p>
        {verbs.length === 0 ? (
          <p className="mt-1">{t('opensNothing')}</p>
        ) : (
          <>
            <p className="mt-1">{t('opens')}</p>
            <VerbList verbs={verbs} />
          </>
        )}
      </div>
    </details>
  );
}

function VerbList({ verbs }: { verbs: Row['verbs'] }) {
  const { t } = useTranslation('roles');
  return (
    <ul className="list-disc pl-4">
      {verbs.map((verb) => (
        // A message type is a path into these texts; that each is there is a test.
        <li key={verb}>{t(`verb.${verb}` as 'verb.room.leave')}</li>
      ))}
    </ul>
  );
}

function Cell({ cell, roles }: { cell: PolicyCell; roles: readonly RoleReply[] }) {
  const { t } = useTranslation('roles');
  if (cell === 'yes')
    return (
      <span className="inline-flex text-accent-ink">
        <Check aria-hidden="true" className="size-4.5" />
        <span className="sr-only">{t('yes')}</span>
      </span>
    );
  if (cell === 'no')
    return (
      <span className="inline-flex text-muted opacity-60">
        <Minus aria-hidden="true" className="size-4" />
        <span className="sr-only">{t('no')}</span>
      </span>
    );
  const names = cell.map((name) => roles.find((role) => role.name === name)?.display_name ?? name);
  return <span className="text-xs wrap-anywhere">{t('towards', { roles: names.join(', ') })}</span>;
}

function EverybodyMay() {
  const { t } = useTranslation('roles');
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-6 text-sm">
      <h3 id={id} className="font-medium">
        {t('everybody')}
      </h3>
      <div className="mt-1 text-muted">
        <VerbList verbs={[...VERBS_OF_EVERYBODY]} />
      </div>
    </section>
  );
}
