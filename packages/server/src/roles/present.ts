import { RoleHead, RoleReply } from '@conclave/protocol/rest/roles';
import { SETTINGS } from '@conclave/protocol/rest/settings';
import { PERMISSIONS } from '@conclave/protocol/roles';
import type { Role } from '../access/roles.ts';
import { timestamp } from '../rooms/present.ts';

/** Built-in roles belong to the product, so their dates are those of its first release. */
const BUILT_IN_SINCE = new Date('2026-11-01T00:00:00Z');

/** A role without its permissions, as lists show it. */
export function presentRole(role: Role): RoleHead {
  return RoleHead.parse(headOf(role));
}

/** A role with every permission there is; those that it does not have are `false`. */
export function presentWholeRole(role: Role): RoleReply {
  const permissions = Object.fromEntries(PERMISSIONS.map((permission) => [permission, role.permissions[permission] ?? false]));
  return RoleReply.parse({ ...headOf(role), permissions });
}

function headOf(role: Role) {
  return {
    id: role.id,
    name: role.name,
    display_name: role.displayName,
    description: role.description,
    default: role.name === SETTINGS.default_role.byDefault,
    created_at: timestamp(role.createdAt ?? BUILT_IN_SINCE),
    updated_at: timestamp(role.updatedAt ?? BUILT_IN_SINCE),
    is_built_in: role.isBuiltIn,
  };
}
