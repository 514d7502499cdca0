import { RoleList, RoleReply, type RolePatch, type RoleRequest } from '@conclave/protocol/rest/roles';
import { call, type Answer } from '../../app/api.ts';

const BASE = '/api/v1/roles';
const path = (role: Pick<RoleReply, 'id'>) => `${BASE}/${encodeURIComponent(role.id)}`;

/** All roles of the team with what they permit: the built-in ones first, then its own in order of making. */
export async function fetchRoles(signal: AbortSignal): Promise<Answer<RoleReply[]>> {
  const list = await call(`${BASE}?order=asc`, { reply: RoleList, signal });
  if (!list.ok) return list;
  const roles = await Promise.all(list.data.data.map((role) => call(path(role), { reply: RoleReply, signal })));
  const failed = roles.find((answer) => !answer.ok);
  return failed && !failed.ok ? failed : { ok: true, data: roles.flatMap((answer) => (answer.ok ? [answer.data] : [])) };
}

export function createRole(role: RoleRequest): Promise<Answer<RoleReply>> {
  return call(BASE, { method: 'POST', body: role, reply: RoleReply });
}

export function changeRole(role: RoleReply, change: RolePatch): Promise<Answer<RoleReply>> {
  return call(path(role), { method: 'PATCH', body: change, reply: RoleReply });
}

export function deleteRole(role: RoleReply): Promise<Answer<undefined>> {
  return call(path(role), { method: 'DELETE' });
}
