import type { RoomRole } from '@conclave/protocol/rest/rooms';
import type { Permission, PermissionValue } from '@conclave/protocol/roles';
import { PERMISSION_AREAS, type PermissionArea } from '@conclave/protocol/signalling/policy-table';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { Select } from '../../ui/Select.tsx';
import { actsOnPeople, type RoleFaults, type RoleForm } from './role-form.ts';

const AREAS = Object.keys(PERMISSION_AREAS) as PermissionArea[]; // keys of a const object

interface RightFieldsProps {
  form: RoleForm;
  /** Roles on whose people a permission may act. */
  roles: readonly Pick<RoomRole, 'name' | 'display_name'>[];
  faults: RoleFaults | null;
  onSet(part: Partial<RoleForm>): void;
}

/** Every permission as a box to tick, by area; where it acts on people, on whom. */
export function RightFields({ form, roles, faults, onSet }: RightFieldsProps) {
  const { t } = useTranslation('roles');
  const give = (permission: Permission, value: PermissionValue) => onSet({ permissions: { ...form.permissions, [permission]: value } });
  return (
    <>
      {AREAS.map((area) => (
        <fieldset key={area} className="min-w-0">
          <legend className="mb-2 text-sm font-semibold">{t(`area.${area}`)}</legend>
          <div className="grid gap-x-6 gap-y-2.5 sm:grid-cols-2">
            {PERMISSION_AREAS[area].map((permission) => (
              <RightField
                key={permission}
                permission={permission}
                value={form.permissions[permission] ?? false}
                roles={roles}
                isFaulty={faults?.targets.includes(permission) ?? false}
                onChange={(value) => give(permission, value)}
              />
            ))}
          </div>
        </fieldset>
      ))}
    </>
  );
}

interface RightFieldProps {
  permission: Permission;
  value: PermissionValue;
  roles: RightFieldsProps['roles'];
  isFaulty: boolean;
  onChange(value: PermissionValue): void;
}

function RightField({ permission, value, roles, isFaulty, onChange }: RightFieldProps) {
  const { t } = useTranslation('roles');
  const words = t(`right.${permission}`);
  return (
    <div className="min-w-0">
      <Checkbox label={words} checked={value !== false} onChange={onChange} />
      {value !== false && actsOnPeople(permission) && (
        <Targets words={words} value={value} roles={roles} isFaulty={isFaulty} onChange={onChange} />
      )}
    </div>
  );
}

function Targets({ words, value, roles, isFaulty, onChange }: Omit<RightFieldProps, 'permission'> & { words: string }) {
  const { t } = useTranslation('roles');
  const id = useId();
  const chosen = Array.isArray(value) ? value : null;
  const toggle = (name: string, on: boolean) => {
    const others = (chosen ?? []).filter((other) => other !== name);
    onChange(on ? [...others, name] : others);
  };
  return (
    <div className="mt-2 ml-7 flex flex-col gap-2 rounded-xl bg-sunken p-3">
      <Select
        label={`${t('dialog.onWhom')}: ${words}`}
        hideLabel
        value={chosen ? 'some' : 'everybody'}
        options={[
          { value: 'everybody', label: t('dialog.onEverybody') },
          { value: 'some', label: t('dialog.onSome') },
        ]}
        onChange={(kind) => onChange(kind === 'some' ? [] : true)}
      />
      {chosen && (
        <div role="group" aria-label={t('dialog.onSome')} aria-describedby={isFaulty ? id : undefined} className="flex flex-col gap-1.5">
          {roles.map(({ name, display_name }) => (
            <Checkbox key={name} label={display_name} checked={chosen.includes(name)} onChange={(on) => toggle(name, on)} />
          ))}
        </div>
      )}
      {isFaulty && (
        <p id={id} className="text-sm text-danger-ink">
          {t('dialog.noTargets')}
        </p>
      )}
    </div>
  );
}
