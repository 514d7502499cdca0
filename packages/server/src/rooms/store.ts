import { RoomId, type TeamId } from '@conclave/protocol/ids';
import type { PageQuery } from '@conclave/protocol/rest/rooms';
import type { Settings, SettingsPatch } from '@conclave/protocol/rest/settings';
import { sql } from 'kysely';
import type { Team } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { isUniqueViolation } from '../db/faults.ts';
import type { Tx } from '../db/transaction.ts';
import { effectiveSettings } from './settings.ts';

export interface Room {
  readonly id: RoomId;
  readonly teamId: TeamId;
  readonly friendlyUrl: string;
  /** What the room was given itself. */
  readonly given: SettingsPatch;
  /** What holds, the team's defaults included. */
  readonly settings: Settings;
  /** Counts changes; 1 when new. */
  readonly version: number;
  /** argon2id as a PHC string; null: no password. */
  readonly passwordHash: string | null;
  readonly hasPassword: boolean;
  /** Counts passwords. */
  readonly passwordVersion: number;
  /** Counts what changes who may come in; see `doors/entry-epoch.ts`. */
  readonly entryEpoch: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

type OfTeam = Pick<Team, 'id' | 'settings'>;
interface RoomRow {
  id: RoomId;
  team_id: TeamId;
  friendly_url: string;
  settings: SettingsPatch;
  version: number;
  password_hash: string | null;
  password_version: number;
  entry_epoch: number;
  created_at: Date;
  updated_at: Date;
}

const COLUMNS = [
  'id',
  'team_id',
  'friendly_url',
  'settings',
  'version',
  'password_hash',
  'password_version',
  'entry_epoch',
  'created_at',
  'updated_at',
] as const;

/** A room of the team by its id or its friendly url, whatever the case. Deleted rooms are not found. */
export async function findRoom(db: Db, team: OfTeam, reference: string): Promise<Room | null> {
  const row = await referenced(db, team.id, reference).select(COLUMNS).executeTakeFirst();
  return row ? toRoom(row, team) : null;
}

/** The same for a caller that holds the id alone, such as a ticket. */
export async function findRoomById(db: Db, id: RoomId): Promise<Room | null> {
  const row = await db
    .selectFrom('rooms')
    .innerJoin('teams', 'teams.id', 'rooms.team_id')
    .select(COLUMNS.map((column) => `rooms.${column}` as const))
    .select('teams.settings as team_settings')
    .where('rooms.id', '=', id)
    .where('rooms.deleted_at', 'is', null)
    .executeTakeFirst();
  return row ? toRoom(row, { id: row.team_id, settings: row.team_settings }) : null;
}

/** Those of the ids that are rooms of the team and not deleted. */
export async function findRoomsById(db: Db, team: OfTeam, ids: readonly RoomId[]): Promise<Room[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('rooms')
    .select(COLUMNS)
    .where('team_id', '=', team.id)
    .where('deleted_at', 'is', null)
    .where('id', 'in', ids)
    .execute();
  return rows.map((row) => toRoom(row, team));
}

/** One page of the team's rooms in order of creation, and how many there are in all. */
export async function listRooms(db: Db, team: OfTeam, page: PageQuery, tags: readonly string[]): Promise<{ rooms: Room[]; total: number }> {
  let rooms = db.selectFrom('rooms').where('team_id', '=', team.id).where('deleted_at', 'is', null);
  if (tags.length > 0) rooms = rooms.where(sql<boolean>`settings -> 'tags' ?| ${sql.val([...tags])}::text[]`);
  const { total } = await rooms.select((eb) => eb.fn.countAll<string>().as('total')).executeTakeFirstOrThrow();
  let rows = rooms.select(COLUMNS).orderBy('position', page.order).limit(page.limit).offset(page.offset);
  if (page.after !== undefined) {
    rows = rows.where('position', page.order === 'asc' ? '>' : '<', referenced(db, team.id, page.after).select('position'));
  }
  return { rooms: (await rows.execute()).map((row) => toRoom(row, team)), total: Number(total) };
}

/** False when the team has a room of that friendly url. */
export async function insertRoom(
  db: Db,
  room: { id: RoomId; teamId: TeamId; friendlyUrl: string; given: SettingsPatch },
): Promise<boolean> {
  const inserted = await db
    .insertInto('rooms')
    .values({ id: room.id, team_id: room.teamId, friendly_url: room.friendlyUrl, settings: JSON.stringify(room.given) })
    // Not an error, which would end the transaction in which another url is tried.
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** Stores a change of the version that was read. `stale`: somebody else was faster. */
export async function updateRoom(
  db: Db,
  room: Pick<Room, 'id' | 'version'>,
  change: { friendlyUrl: string; given: SettingsPatch },
): Promise<'stored' | 'taken' | 'stale'> {
  try {
    const { numUpdatedRows } = await db
      .updateTable('rooms')
      .set((eb) => ({
        friendly_url: change.friendlyUrl,
        settings: JSON.stringify(change.given),
        version: eb('version', '+', 1),
        entry_epoch: eb('entry_epoch', '+', 1),
        updated_at: new Date(),
      }))
      .where('id', '=', room.id)
      .where('version', '=', room.version)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows === 0n ? 'stale' : 'stored';
  } catch (error) {
    if (isUniqueViolation(error, 'rooms_friendly_url_key')) return 'taken';
    throw error;
  }
}

/** Who may come into the team's rooms has changed in all of them at once; see `doors/entry-epoch.ts`. */
export async function bumpTeamEntryEpochs(tx: Tx, teamId: TeamId): Promise<void> {
  await tx
    .updateTable('rooms')
    .set((eb) => ({ entry_epoch: eb('entry_epoch', '+', 1) }))
    .where('team_id', '=', teamId)
    .where('deleted_at', 'is', null)
    .execute();
}

/** A room in which there was a session keeps its row, hidden; any other is removed. Null: it was gone already. */
export async function deleteRoom(db: Db, id: RoomId): Promise<{ hidden: boolean } | null> {
  const held = (await db.selectFrom('sessions').select('id').where('room_id', '=', id).limit(1).executeTakeFirst()) !== undefined;
  if (held) {
    const hide = db.updateTable('rooms').set({ deleted_at: new Date() }).where('id', '=', id).where('deleted_at', 'is', null);
    return (await hide.executeTakeFirst()).numUpdatedRows === 1n ? { hidden: true } : null;
  }
  return (await db.deleteFrom('rooms').where('id', '=', id).executeTakeFirst()).numDeletedRows === 1n ? { hidden: false } : null;
}

function referenced(db: Db, teamId: TeamId, reference: string) {
  const rooms = db.selectFrom('rooms').where('team_id', '=', teamId).where('deleted_at', 'is', null);
  const id = RoomId.safeParse(reference.toLowerCase());
  return id.success
    ? rooms.where('id', '=', id.data)
    : rooms.where((eb) => eb(eb.fn('lower', ['friendly_url']), '=', reference.toLowerCase()));
}

function toRoom(row: RoomRow, team: OfTeam): Room {
  return {
    id: row.id,
    teamId: row.team_id,
    friendlyUrl: row.friendly_url,
    given: row.settings,
    settings: { ...effectiveSettings(row.settings, team.settings), friendly_url: row.friendly_url },
    version: row.version,
    passwordHash: row.password_hash,
    hasPassword: row.password_hash !== null,
    passwordVersion: row.password_version,
    entryEpoch: row.entry_epoch,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
