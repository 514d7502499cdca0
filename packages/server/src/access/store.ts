import { randomUUID } from 'node:crypto';
import type { TeamId } from '@conclave/protocol/ids';
import type { SettingsPatch } from '@conclave/protocol/rest/settings';
import type { Selectable } from 'kysely';
import type { Db } from '../db/connection.ts';
import { isUniqueViolation } from '../db/faults.ts';
import type { Tables } from '../db/tables.ts';
import type { Tx } from '../db/transaction.ts';
import { slugInHost } from './hosts.ts';

export interface Team {
  readonly id: TeamId;
  readonly name: string;
  readonly slug: string;
  readonly onPlainHost: boolean;
  /** The defaults that the team has given; see `effectiveSettings`. */
  readonly settings: SettingsPatch;
}

export interface Member {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
  readonly team: Team;
}

const TEAM_COLUMNS = ['teams.id', 'teams.name', 'teams.slug', 'teams.on_plain_host', 'teams.settings'] as const;
type TeamRow = Pick<Selectable<Tables['teams']>, 'id' | 'name' | 'slug' | 'on_plain_host' | 'settings'>;

const toTeam = (row: TeamRow): Team => ({
  id: row.id,
  name: row.name,
  slug: row.slug,
  onPlainHost: row.on_plain_host,
  settings: row.settings,
});

export async function findTeam(db: Db, id: TeamId): Promise<Team | null> {
  const row = await db.selectFrom('teams').select(TEAM_COLUMNS).where('id', '=', id).executeTakeFirst();
  return row ? toTeam(row) : null;
}

/** The same, held until the transaction ends, so that nobody else changes it between our look and our change. */
export async function lockTeam(tx: Tx, id: TeamId): Promise<Team | null> {
  const row = await tx.selectFrom('teams').select(TEAM_COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst();
  return row ? toTeam(row) : null;
}

export async function findTeamByName(db: Db, name: string): Promise<Team | null> {
  const row = await db
    .selectFrom('teams')
    .select(TEAM_COLUMNS)
    .where((eb) => eb(eb.fn('lower', ['name']), '=', name.toLowerCase()))
    .executeTakeFirst();
  return row ? toTeam(row) : null;
}

/** The team that answers on a `Host` header: by its label, otherwise the one on the plain host. */
export async function findTeamByHost(db: Db, origin: string, hostHeader: string | undefined): Promise<Team | null> {
  const slug = slugInHost(hostHeader, origin);
  const teams = db.selectFrom('teams').select(TEAM_COLUMNS);
  const row = await (slug === null ? teams.where('on_plain_host', '=', true) : teams.where('slug', '=', slug)).executeTakeFirst();
  return row ? toTeam(row) : null;
}

/** In the order in which they were made. */
export async function listTeams(db: Db): Promise<Team[]> {
  const rows = await db.selectFrom('teams').select(TEAM_COLUMNS).orderBy('created_at').orderBy('id').execute();
  return rows.map(toTeam);
}

/** Stores a team; the first of all answers on the plain host. Null when the name or the host label is taken. */
export async function insertTeam(db: Db, team: Pick<Team, 'id' | 'name' | 'slug'>): Promise<Team | null> {
  const first = (await db.selectFrom('teams').select('id').limit(1).executeTakeFirst()) === undefined;
  const row = await db
    .insertInto('teams')
    .values({ ...team, on_plain_host: first })
    // Not an error, which would end the transaction that the caller goes on with.
    .onConflict((conflict) => conflict.doNothing())
    .returning(TEAM_COLUMNS)
    .executeTakeFirst();
  return row ? toTeam(row) : null;
}

/** Stores given defaults and, if told, another host label. False when the label is taken. */
export async function updateTeam(db: Db, id: TeamId, change: { settings?: SettingsPatch; slug?: string; name?: string }): Promise<boolean> {
  const { settings, ...columns } = change;
  try {
    await db
      .updateTable('teams')
      .set({ ...columns, ...(settings && { settings: JSON.stringify(settings) }), updated_at: new Date() })
      .where('id', '=', id)
      .execute();
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

/** Whether the installation belongs to somebody. */
export async function hasOwner(db: Db): Promise<boolean> {
  return (await db.selectFrom('team_members').select('user_id').where('role', '=', 'owner').limit(1).executeTakeFirst()) !== undefined;
}

export async function findOwnerId(db: Db, teamId: TeamId): Promise<string | null> {
  const owners = db.selectFrom('team_members').select('user_id').where('team_id', '=', teamId).where('role', '=', 'owner');
  return (await owners.orderBy('created_at').limit(1).executeTakeFirst())?.user_id ?? null;
}

export async function insertMember(db: Db, teamId: TeamId, userId: string, role: string): Promise<void> {
  await db.insertInto('team_members').values({ team_id: teamId, user_id: userId, role }).execute();
}

/** The member that a user is, of the first team that has them. */
export async function findMember(db: Db, userId: string): Promise<Member | null> {
  const row = await db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.id', 'team_members.team_id')
    .innerJoin('auth_users', 'auth_users.id', 'team_members.user_id')
    .select(TEAM_COLUMNS)
    .select(['team_members.role', 'auth_users.name as user_name', 'auth_users.email'])
    .where('team_members.user_id', '=', userId)
    .orderBy('team_members.created_at')
    .limit(1)
    .executeTakeFirst();
  return row ? { userId, name: row.user_name, email: row.email, role: row.role, team: toTeam(row) } : null;
}

/** The account with that address, in lower case, if it signs in by password. */
export async function findAccount(db: Db, email: string): Promise<{ userId: string; passwordHash: string } | null> {
  const row = await db
    .selectFrom('auth_users')
    .innerJoin('auth_accounts', 'auth_accounts.user_id', 'auth_users.id')
    .select(['auth_users.id', 'auth_accounts.password'])
    .where('auth_users.email', '=', email)
    .where('auth_accounts.provider_id', '=', 'credential')
    .executeTakeFirst();
  return row?.password ? { userId: row.id, passwordHash: row.password } : null;
}

/** An account with a password; `email` in lower case. Null when there is one with that address. */
export async function insertAccount(db: Db, account: { name: string; email: string; passwordHash: string }): Promise<string | null> {
  const id = randomUUID();
  const inserted = await db
    .insertInto('auth_users')
    .values({ id, name: account.name, email: account.email, image: null })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) return null;
  await db
    .insertInto('auth_accounts')
    .values({ user_id: id, account_id: id, provider_id: 'credential', password: account.passwordHash })
    .execute();
  return id;
}
