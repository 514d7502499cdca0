import type { InviteId, RoomId } from '@conclave/protocol/ids';
import type { InviteRequest } from '@conclave/protocol/rest/invites';
import type { InviteView } from '@conclave/protocol/signalling/views';
import { sql, type Selectable } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tables } from '../db/tables.ts';
import type { Tx } from '../db/transaction.ts';
import type { InviteCreator } from '../doors/invites.ts';

/** What the mail of an invite is made of; kept, so that it can be sent again. */
export type InviteMail = Pick<InviteRequest, 'language' | 'timeZone' | 'startsAtMs' | 'durationMinutes'> & {
  /** Counts mails, as the calendar entry does (RFC 5545 §3.8.7.4); 0: there was none. */
  readonly sequence: number;
  readonly state: InviteView['mail'];
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

/** As it was written by this file, which nobody else does. */
export function mailOf(row: Pick<StoredInvite, 'mail'>): InviteMail {
  return row.mail as InviteMail;
}

/** `sentAtMs`: the mail server has it since then. */
export async function markMail(tx: Tx, id: InviteId, mail: InviteMail, sentAtMs: number | null = null): Promise<void> {
  await tx
    .updateTable('invites')
    .set({ mail: JSON.stringify(mail), ...(sentAtMs !== null && { sent_at: new Date(sentAtMs) }) })
    .where('id', '=', id)
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

type CountedInvite = StoredInvite & { readonly persons: number };

/** With how many people use each, the newest first. */
export async function listInviteRows(
  db: Db,
  roomId: RoomId,
  { limit, offset }: { limit: number; offset: number },
): Promise<CountedInvite[]> {
  const rows = await withPersons(db)
    .where('room_id', '=', roomId)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map((row) => ({ ...row, persons: Number(row.persons) }));
}

export async function findInviteRow(db: Db, id: InviteId): Promise<CountedInvite> {
  const row = await withPersons(db).where('id', '=', id).executeTakeFirstOrThrow();
  return { ...row, persons: Number(row.persons) };
}

function withPersons(db: Db) {
  return db
    .selectFrom('invites')
    .selectAll()
    .select(sql<string>`(select count(*) from invite_persons where invite_persons.invite_id = invites.id)`.as('persons'));
}

/** How many invites a room has or had. */
export async function countAllInvites(db: Db, roomId: RoomId): Promise<number> {
  const all = db.selectFrom('invites').where('room_id', '=', roomId);
  return Number((await all.select((eb) => eb.fn.countAll<string>().as('count')).executeTakeFirstOrThrow()).count);
}

/** How an invite is shown to those who may invite; never its secret, which nobody has any longer. */
export function viewOf(row: CountedInvite, { stands, nowMs }: { stands: boolean; nowMs: number }): InviteView {
  const personsUsed = row.persons;
  const { state: mail, startsAtMs } = mailOf(row);
  const expired = row.expires_at !== null && row.expires_at.getTime() <= nowMs;
  const rest = personsUsed < row.max_persons ? 'open' : 'used';
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
    mail,
    startsAtMs,
    state: row.revoked_at !== null ? 'revoked' : expired ? 'expired' : stands ? rest : 'void',
  };
}
