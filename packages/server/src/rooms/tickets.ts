import { createHash, randomBytes } from 'node:crypto';
import type { KnockId, RoomId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import type { Credential } from './entry.ts';

/** Whom a ticket admits, as far as it was known when it was issued; entry is decided again when it is used. */
export interface TicketClaims {
  readonly name: string;
  readonly credential: Credential;
  /** The account that one was signed in with, whatever one showed. */
  readonly userId: string | null;
  readonly deviceId: string | null;
  /** Which password of the room was shown. */
  readonly passwordVersion: number | null;
  /** Who had to wait and was let in. */
  readonly knockId: KnockId | null;
}

/** A ticket that is still good. */
export interface Ticket {
  readonly digest: Buffer;
  readonly roomId: RoomId;
  readonly claims: TicketClaims;
}

/** 256 random bits as text, for a ticket or a resume token. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Under which a secret of `newSecret` is stored. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** Stores a ticket for one use within 30 s and returns its secret; late tickets are swept away in passing. */
export async function issueTicket(
  tx: Tx,
  ticket: { roomId: RoomId; claims: TicketClaims; nowMs: number },
): Promise<{ ticket: string; expiresAtMs: number }> {
  const secret = newSecret();
  const expiresAtMs = ticket.nowMs + LIMITS.ticketLifetimeMs;
  await tx
    .with('late', (query) => query.deleteFrom('join_tickets').where('expires_at', '<', new Date(ticket.nowMs)))
    .insertInto('join_tickets')
    .values({ digest: digestOf(secret), room_id: ticket.roomId, claims: JSON.stringify(ticket.claims), expires_at: new Date(expiresAtMs) })
    .execute();
  return { ticket: secret, expiresAtMs };
}

/** What a ticket says; null when it was used, is late or never was. It stays good until `spendTicket`. */
export async function readTicket(db: Db, secret: string, nowMs: number): Promise<Ticket | null> {
  const digest = digestOf(secret);
  const row = await db
    .selectFrom('join_tickets')
    .select(['room_id', 'claims', 'expires_at'])
    .where('digest', '=', digest)
    .executeTakeFirst();
  if (!row || row.expires_at.getTime() <= nowMs) return null;
  return { digest, roomId: row.room_id, claims: row.claims as TicketClaims }; // written by issueTicket and by nobody else
}

/** Takes a ticket out of the world. False when somebody else was faster: of two who try at once one gets it. */
export async function spendTicket(tx: Tx, digest: Buffer): Promise<boolean> {
  return (await tx.deleteFrom('join_tickets').where('digest', '=', digest).executeTakeFirst()).numDeletedRows > 0n;
}

/**
 * `holdEntryEpoch` and `spendTicket` in one round trip. Who finds another epoch than they decided by must undo the transaction, and
 * with it the ticket is good again.
 */
export async function spendTicketAtEpoch(
  tx: Tx,
  { roomId, digest }: { roomId: RoomId; digest: Buffer },
): Promise<{ epoch: number | null; isSpent: boolean }> {
  const row = await tx
    .with('spent', (query) => query.deleteFrom('join_tickets').where('digest', '=', digest).returning('digest'))
    .selectFrom('rooms')
    .select((eb) => ['entry_epoch', eb.exists(eb.selectFrom('spent').select('spent.digest')).as('isSpent')])
    .where('id', '=', roomId)
    .where('deleted_at', 'is', null)
    .forShare('rooms')
    .executeTakeFirst();
  return { epoch: row?.entry_epoch ?? null, isSpent: Boolean(row?.isSpent) };
}
