import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import type { RolePatch, RoleRequest } from '@conclave/protocol/rest/roles';
import { loadRoles, type Role, type Roles } from '../access/roles.ts';
import { lockTeam, type Team } from '../access/store.ts';
import type { ServerContext } from '../context.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import type { Acting } from '../rooms/actions.ts';
import { refreshTeam } from '../rooms/live-policy.ts';
import { changeOf } from '../rooms/settings-change.ts';
import { bumpTeamEntryEpochs } from '../rooms/store.ts';
import { judgeRole, tidyPermissions, toldOf, usesOf } from './rules.ts';
import { deleteRole, insertRole, roomsNaming, updateRole } from './store.ts';

type Context = Pick<ServerContext, 'db' | 'eventLog' | 'live'>;

/** How many rooms that use a role are named to whom wants to delete it. */
const NAMED_ROOMS = 5;

/** Makes a role of the team's own; no room has it yet. @throws AppError `invalid_settings` with a text for each field. */
export async function createRole(ctx: Context, { team, by }: Acting, asked: RoleRequest): Promise<Role> {
  return inTransaction(ctx.db, async (tx) => {
    const { roles } = await hold(tx, team);
    const role: Role = {
      id: randomUUID(),
      name: asked.name,
      displayName: asked.display_name,
      description: asked.description ?? '',
      permissions: tidyPermissions(asked.permissions),
      isBuiltIn: false,
    };
    refuseFaults(judgeRole(role, roles));
    await insertRole(tx, team.id, role);
    const target = { kind: 'role', id: role.id } as const;
    const data = { name: role.name, permissions: role.permissions };
    await ctx.eventLog.append(tx, { name: 'role.created', by, team: team.id, target, data });
    return requireOwnRole(await loadRoles(tx, team.id), role.id);
  });
}

/**
 * Changes what is given; in every meeting that is running the role permits the new things from now on.
 * @throws AppError `not_found`, `invalid_settings` with a text for each field, also for a built-in role and for another name while
 * something uses the old one.
 */
export async function changeRole(ctx: Context, { team, by }: Acting, reference: string, asked: RolePatch): Promise<Role> {
  const changed = await inTransaction(ctx.db, async (tx) => {
    const held = await hold(tx, team);
    const role = requireOwnRole(held.roles, reference);
    const wanted: Role = {
      ...role,
      name: asked.name ?? role.name,
      displayName: asked.display_name ?? role.displayName,
      description: asked.description === undefined ? role.description : (asked.description ?? ''),
      permissions: asked.permissions ? tidyPermissions(asked.permissions) : role.permissions,
    };
    refuseFaults(judgeRole(wanted, held.roles));
    if (wanted.name !== role.name) refuseUsed(await usesIn(tx, held, role), 'name');
    const data = changeOf(toldOf(role), toldOf(wanted));
    if (Object.keys(data.after).length === 0) return role;
    await updateRole(tx, wanted);
    // The role may pass a lobby or a lock now, or no longer.
    await bumpTeamEntryEpochs(tx, team.id);
    await ctx.eventLog.append(tx, { name: 'role.changed', by, team: team.id, target: { kind: 'role', id: role.id }, data });
    return requireOwnRole(await loadRoles(tx, team.id), role.id);
  });
  await refreshTeam(ctx, team.id);
  return changed;
}

/** @throws AppError `not_found`, `invalid_settings` with what uses the role, also for a built-in role. */
export async function removeRole(ctx: Context, { team, by }: Acting, reference: string): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const held = await hold(tx, team);
    const role = requireOwnRole(held.roles, reference);
    refuseUsed(await usesIn(tx, held, role), 'role');
    await deleteRole(tx, role.id);
    const target = { kind: 'role', id: role.id } as const;
    await ctx.eventLog.append(tx, { name: 'role.deleted', by, team: team.id, target, data: { name: role.name } });
  });
  await refreshTeam(ctx, team.id);
}

interface Held {
  readonly team: Team;
  readonly roles: Roles;
}

/** The team and its roles, which nobody else changes or begins to use until the transaction ends. */
async function hold(tx: Tx, { id }: Team): Promise<Held> {
  const team = await lockTeam(tx, id);
  if (team === null) throw new AppError('not_found');
  return { team, roles: await loadRoles(tx, id) };
}

async function usesIn(tx: Tx, { team, roles }: Held, role: Role): Promise<string[]> {
  return usesOf(role, { roles, team: team.settings, rooms: await roomsNaming(tx, team.id, role.name, NAMED_ROOMS) });
}

function requireOwnRole(roles: Roles, reference: string): Role {
  const role = roles.find(reference);
  if (role === null) throw new AppError('not_found');
  if (role.isBuiltIn) refuseFaults({ role: ['is built in and cannot be changed'] });
  return role;
}

function refuseUsed(uses: string[], field: string): void {
  if (uses.length > 0) refuseFaults({ [field]: uses });
}

function refuseFaults(errors: Record<string, string[]>): void {
  if (Object.keys(errors).length > 0) throw new AppError('invalid_settings', { details: { errors } });
}
