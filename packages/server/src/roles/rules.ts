import type { SettingsPatch } from '@conclave/protocol/rest/settings';
import { PERMISSIONS, ROLE_SENSITIVE, type Permission, type PermissionMap, type RoleName } from '@conclave/protocol/roles';
import type { Role, Roles } from '../access/roles.ts';

type FieldErrors = Record<string, string[]>;

/** As many as a list of target roles can name. */
const MOST_ROLES = 100;
const isRoleSensitive = (permission: Permission): boolean => (ROLE_SENSITIVE as readonly Permission[]).includes(permission);

/** What is wrong with a role that somebody wants to make, or to change into this; a text for each field. Empty: nothing. */
export function judgeRole(role: Pick<Role, 'id' | 'name' | 'permissions'>, roles: Roles): FieldErrors {
  const faults: FieldErrors = {};
  const others = roles.all.filter(({ id }) => id !== role.id);
  // Names that differ in case alone would be taken for each other by people.
  if (others.some(({ name }) => name.toLowerCase() === role.name.toLowerCase())) faults['name'] = ['is taken'];
  if (others.length >= MOST_ROLES) faults['name'] = [`is one too many: a team has at most ${MOST_ROLES} roles`];
  const known = new Set([role.name, ...others.map(({ name }) => name)]);
  const permissions = PERMISSIONS.flatMap((permission) => {
    const value = role.permissions[permission];
    if (!Array.isArray(value)) return [];
    if (!isRoleSensitive(permission)) return [`${permission} must be true or false`];
    return value.every((name) => known.has(name)) ? [] : [`${permission} must name roles of the team`];
  });
  if (permissions.length > 0) faults['permissions'] = permissions;
  return faults;
}

/** A map in which each permission stands once, without what is not given: as it is stored and compared. */
export function tidyPermissions(map: PermissionMap): PermissionMap {
  return Object.fromEntries(
    PERMISSIONS.flatMap((permission) => {
      const value = map[permission];
      if (value === undefined || value === false) return [];
      return [[permission, Array.isArray(value) ? [...new Set(value)] : value]];
    }),
  );
}

/** A role as an event tells of it: every permission beside the name. */
export function toldOf({ name, displayName, description, permissions }: Role): Record<string, unknown> {
  const all = PERMISSIONS.map((permission) => [permission, permissions[permission] ?? false]);
  return { name, display_name: displayName, description, ...Object.fromEntries(all) };
}

/** Why a role cannot be taken away or called something else: who names it. Empty: nobody. */
export function usesOf(role: Role, { roles, team, rooms }: { roles: Roles; team: SettingsPatch; rooms: readonly string[] }): string[] {
  const names = (list: readonly RoleName[] | null | undefined) => list?.includes(role.name) ?? false;
  const isTeams = team.default_role === role.name || names(team.roles) || names(team.private_group_chat_roles);
  const naming = roles.all.filter(
    ({ id, permissions }) =>
      id !== role.id && Object.values(permissions).some((value) => Array.isArray(value) && value.includes(role.name)),
  );
  return [
    ...rooms.map((friendlyUrl) => `is used by the room ${friendlyUrl}`),
    ...(isTeams ? ["is used by the team's defaults"] : []),
    ...naming.map(({ name }) => `is a target of the role ${name}`),
  ];
}
