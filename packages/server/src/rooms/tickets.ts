import { createHash, randomBytes } from 'node:crypto';
import type { RoomId } from '@conclave/protocol/ids';
import { LIMITS } from '@conclave/protocol/limits';
import type { TokenBearer } from '../access/room-token.ts';
import type { Db } from '../db/connection.ts';

/** Whom a ticket admits, as far as it was known when it was issued; entry is decided again when it is used. */
export interface TicketClaims {
  readonly name: string;
  readonly bearer: TokenBearer | null;
}

/** 256 random bits as text, for a ticket or a resume token. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Under which a secret of `newSecret` is stored. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** Issues a ticket for one use within 30 s; late tickets are swept away in passing. */
export async function issueTicket(
  db: Db,
  ticket: { roomId: RoomId; claims: TicketClaims; nowMs: number },
): Promise<{ ticket: string; expiresAtMs: number }> {
  const secret = newSecret();
  const expiresAtMs = ticket.nowMs + LIMITS.ticketLifetimeMs;
  await db.deleteFrom('join_tickets').where('expires_at', '<', new Date(ticket.nowMs)).execute();
  await db
    .insertInto('join_tickets')
    .values({ digest: digestOf(secret), room_id: ticket.roomId, claims: JSON.stringify(ticket.claims), expires_at: new Date(expiresAtMs) })
    .execute();
  return { ticket: secret, expiresAtMs };
}

/** Takes a ticket out of the world; null when it was used, is late or never was. Of two who try at once one gets it. */
export async function takeTicket(db: Db, secret: string, nowMs: number): Promise<{ roomId: RoomId; claims: TicketClaims } | null> {
  const row = await db
    .deleteFrom('join_tickets')
    .where('digest', '=', digestOf(secret))
    .returning(['room_id', 'claims', 'expires_at'])
    .executeTakeFirst();
  if (!row || row.expires_at.getTime() <= nowMs) return null;
  return { roomId: row.room_id, claims: row.claims as TicketClaims }; // written by issueTicket and by nobody else
}
