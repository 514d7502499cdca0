import type { TeamId } from '@conclave/protocol/ids';
import type { PermissionMap, RoleName } from '@conclave/protocol/roles';
import { sql } from 'kysely';
import type { Role } from '../access/roles.ts';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';

type Content = Pick<Role, 'name' | 'displayName' | 'description'> & { readonly permissions: PermissionMap };

const columnsOf = ({ name, displayName, description, permissions }: Content) => ({
  name,
  display_name: displayName,
  description,
  permissions: JSON.stringify(permissions),
});

/** The caller holds the team, and has seen that the name is free. */
export async function insertRole(tx: Tx, teamId: TeamId, role: Content & Pick<Role, 'id'>): Promise<void> {
  await tx
    .insertInto('roles')
    .values({ id: role.id, team_id: teamId, ...columnsOf(role) })
    .execute();
}

export async function updateRole(tx: Tx, role: Content & Pick<Role, 'id'>): Promise<void> {
  await tx
    .updateTable('roles')
    .set({ ...columnsOf(role), updated_at: new Date() })
    .where('id', '=', role.id)
    .execute();
}

export async function deleteRole(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('roles').where('id', '=', id).execute();
}

/** Friendly urls of rooms of the team whose settings name the role, in order; at most `limit`. */
export async function roomsNaming(db: Db, teamId: TeamId, role: RoleName, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('rooms')
    .select('friendly_url')
    .where('team_id', '=', teamId)
    .where('deleted_at', 'is', null)
    .where(
      sql<boolean>`(settings -> 'roles' ? ${role} or settings ->> 'default_role' = ${role} or settings -> 'private_group_chat_roles' ? ${role})`,
    )
    .orderBy('position')
    .limit(limit)
    .execute();
  return rows.map((row) => row.friendly_url);
}
