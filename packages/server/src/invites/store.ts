import type { InviteId, RoomId } from '@conclave/protocol/ids';
import type { InviteRequest } from '@conclave/protocol/rest/invites';
import type { InviteView } from '@conclave/protocol/signalling/views';
import type { Selectable } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tables } from '../db/tables.ts';
import type { Tx } from '../db/transaction.ts';
import { standsOnRight, type InviteCreator, type InvitedRoom } from '../doors/invites.ts';

/** What the mail of an invite is made of; kept, so that it can be sent again. */
export type InviteMail = Pick<InviteRequest, 'language' | 'startsAtMs' | 'durationMinutes'> & {
  /** Counts mails, as the calendar entry does (RFC 5545 §3.8.7.4). */
  readonly sequence: number;
};

export interface NewInvite {
  readonly id: InviteId;
  readonly roomId: RoomId;
  readonly digest: Buffer;
  readonly name: string | null;
  readonly email: string | null;
  readonly role: string;
  readonly creator: InviteCreator;
  readonly maxPersons: number;
  readonly mail: InviteMail;
  readonly expiresAtMs: number | null;
  readonly nowMs: number;
}

export type StoredInvite = Selectable<Tables['invites']>;

export async function insertInvite(tx: Tx, invite: NewInvite): Promise<void> {
  await tx
    .insertInto('invites')
    .values({
      id: invite.id,
      room_id: invite.roomId,
      digest: invite.digest,
      name: invite.name,
      email: invite.email,
      role: invite.role,
      creator: JSON.stringify(invite.creator),
      max_persons: invite.maxPersons,
      mail: JSON.stringify(invite.mail),
      created_at: new Date(invite.nowMs),
      expires_at: invite.expiresAtMs === null ? null : new Date(invite.expiresAtMs),
    })
    .execute();
}

/** How many invites of a room are not revoked. */
export async function countInvites(db: Db, roomId: RoomId): Promise<number> {
  const { count } = await db
    .selectFrom('invites')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('room_id', '=', roomId)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Held until the transaction ends; null: the room has no such invite. */
export async function lockInvite(tx: Tx, roomId: RoomId, id: InviteId): Promise<StoredInvite | null> {
  const row = await tx.selectFrom('invites').selectAll().where('id', '=', id).where('room_id', '=', roomId).forUpdate().executeTakeFirst();
  return row ?? null;
}

/** The newest first. */
export async function listInviteRows(db: Db, roomId: RoomId): Promise<StoredInvite[]> {
  return db.selectFrom('invites').selectAll().where('room_id', '=', roomId).orderBy('created_at', 'desc').orderBy('id').execute();
}

/** How an invite is shown to those who may invite; never its secret, which nobody has any longer. */
export async function viewOf(db: Db, room: InvitedRoom, row: StoredInvite, nowMs: number): Promise<InviteView> {
  const used = await db
    .selectFrom('invite_persons')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('invite_id', '=', row.id)
    .executeTakeFirstOrThrow();
  const personsUsed = Number(used.count);
  const expired = row.expires_at !== null && row.expires_at.getTime() <= nowMs;
  const rest = personsUsed < row.max_persons ? 'open' : 'used';
  const stands = await standsOnRight(db, room, row);
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    createdAtMs: row.created_at.getTime(),
    expiresAtMs: row.expires_at?.getTime() ?? null,
    maxPersons: row.max_persons,
    personsUsed,
    sentAtMs: row.sent_at?.getTime() ?? null,
    state: row.revoked_at !== null ? 'revoked' : expired ? 'expired' : stands ? rest : 'void',
  };
}
