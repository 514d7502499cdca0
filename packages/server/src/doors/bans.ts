import { randomUUID } from 'node:crypto';
import { BanId, type RoomId, type SessionId } from '@conclave/protocol/ids';
import type { BanView } from '@conclave/protocol/signalling/views';
import type { Selectable } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tables } from '../db/tables.ts';
import type { Tx } from '../db/transaction.ts';
import type { Identity } from './identity.ts';

export interface NewBan {
  readonly roomId: RoomId;
  /** The session with which it ends; null: it holds until it is lifted. */
  readonly sessionId: SessionId | null;
  readonly name: string;
  readonly reason: string | null;
  /** What of it is null does not count. */
  readonly identity: Identity;
  readonly nowMs: number;
}

const COLUMN_OF = { person: 'person', inviteId: 'invite_id', deviceId: 'device_id', network: 'network' } as const;

/** Whether a ban that is in force knows somebody by anything of what is known of them. */
export async function isBanned(
  db: Db,
  { roomId, sessionId, identity }: { roomId: RoomId; sessionId: SessionId | null; identity: Identity },
): Promise<boolean> {
  const known = knownBy(identity);
  if (known.length === 0) return false;
  const found = await inForce(db, roomId, sessionId)
    .select('id')
    .where((eb) => eb.or(known.map(([column, value]) => eb(column, '=', value))))
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** Those in force, also for the session that runs, the newest first. */
export async function listBans(db: Db, roomId: RoomId): Promise<BanView[]> {
  const running = await db
    .selectFrom('sessions')
    .select('id')
    .where('room_id', '=', roomId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  const rows = await inForce(db, roomId, running?.id ?? null)
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map(viewOf);
}

export async function insertBan(tx: Tx, { roomId, sessionId, name, reason, identity, nowMs }: NewBan): Promise<BanView> {
  const row = await tx
    .insertInto('bans')
    .values({
      id: BanId.parse(randomUUID()),
      room_id: roomId,
      session_id: sessionId,
      name,
      reason,
      person: identity.person,
      invite_id: identity.inviteId,
      device_id: identity.deviceId,
      network: identity.network,
      created_at: new Date(nowMs),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return viewOf(row);
}

/** False: the room has no such ban, or it was lifted already. */
export async function markLifted(tx: Tx, roomId: RoomId, id: BanId, nowMs: number): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('bans')
    .set({ lifted_at: new Date(nowMs) })
    .where('id', '=', id)
    .where('room_id', '=', roomId)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** What of an identity a ban can hold on to, with the columns that say so. */
function knownBy(identity: Identity) {
  return (['person', 'inviteId', 'deviceId', 'network'] as const).flatMap((field) => {
    const value = identity[field];
    return value === null ? [] : [[COLUMN_OF[field], value] as const];
  });
}

function inForce(db: Db, roomId: RoomId, sessionId: SessionId | null) {
  return db
    .selectFrom('bans')
    .where('room_id', '=', roomId)
    .where('lifted_at', 'is', null)
    .where((eb) => eb.or([eb('session_id', 'is', null), ...(sessionId === null ? [] : [eb('session_id', '=', sessionId)])]));
}

function viewOf(row: Selectable<Tables['bans']>): BanView {
  return {
    id: row.id,
    name: row.name,
    reason: row.reason,
    createdAtMs: row.created_at.getTime(),
    lasts: row.session_id === null ? 'room' : 'session',
    matches: [
      ...(row.person === null ? [] : (['person'] as const)),
      ...(row.invite_id === null ? [] : (['invite'] as const)),
      ...(row.device_id === null ? [] : (['device'] as const)),
      ...(row.network === null ? [] : (['address'] as const)),
    ],
  };
}
