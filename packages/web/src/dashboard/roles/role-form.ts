import type { RoleReply, RoleRequest } from '@conclave/protocol/rest/roles';
import { PERMISSIONS, ROLE_SENSITIVE, type Permission, type PermissionValue, type RoleName } from '@conclave/protocol/roles';

/** What is typed and chosen for a role. */
export interface RoleForm {
  displayName: string;
  name: string;
  description: string;
  permissions: Readonly<Partial<Record<Permission, PermissionValue>>>;
}

export interface RoleFaults {
  displayName?: true;
  name?: 'wrong' | 'taken';
  /** Permissions that are limited to people of no role. */
  targets: readonly Permission[];
}

const SENSITIVE: ReadonlySet<Permission> = new Set<Permission>(ROLE_SENSITIVE);

export function actsOnPeople(permission: Permission): boolean {
  return SENSITIVE.has(permission);
}

/** An empty form, or one that begins as a copy of a role. */
export function formOf(template: RoleReply | null, { asCopy }: { asCopy: boolean }): RoleForm {
  if (!template) return { displayName: '', name: '', description: '', permissions: {} };
  const { permissions, description } = template;
  return asCopy
    ? { displayName: '', name: '', description: '', permissions }
    : { displayName: template.display_name, name: template.name, description, permissions };
}

/** What cannot be sent; null: nothing. `others`: the other roles of the team. */
export function faultsOf(form: RoleForm, others: readonly Pick<RoleReply, 'name'>[]): RoleFaults | null {
  const { length } = form.displayName.trim();
  const name = form.name.trim();
  const taken = others.some((other) => other.name.toLowerCase() === name.toLowerCase());
  const targets = PERMISSIONS.filter((permission) => {
    const value = form.permissions[permission];
    return Array.isArray(value) && value.length === 0;
  });
  const nameFault = !/^[A-Za-z0-9_-]{1,30}$/.test(name) ? 'wrong' : taken ? 'taken' : null;
  if (length >= 3 && length <= 100 && nameFault === null && targets.length === 0) return null;
  return { ...((length < 3 || length > 100) && { displayName: true }), ...(nameFault && { name: nameFault }), targets };
}

/** A role's content as REST takes it: what is not given is left out. */
export function requestOf(form: RoleForm): RoleRequest {
  const given = PERMISSIONS.flatMap((permission) => {
    const value = form.permissions[permission];
    return value === undefined || value === false ? [] : [[permission, value] as const];
  });
  const { displayName, name, description } = form;
  return { name: name.trim(), display_name: displayName.trim(), description: description.trim(), permissions: Object.fromEntries(given) };
}

/** A short name made of what people read, where one can be made. */
export function nameFrom(displayName: string): RoleName {
  const ascii = displayName.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return ascii
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 30);
}

/** Who still uses a role, from the texts with which the server refuses to delete it. */
export function usesIn(texts: readonly string[]): { kind: 'room' | 'role' | 'team' | 'other'; name: string }[] {
  return texts.map((text) => {
    const room = /^is used by the room (.+)$/.exec(text)?.[1];
    const role = /^is a target of the role (.+)$/.exec(text)?.[1];
    if (room !== undefined) return { kind: 'room', name: room };
    if (role !== undefined) return { kind: 'role', name: role };
    return { kind: text === "is used by the team's defaults" ? 'team' : 'other', name: '' };
  });
}
