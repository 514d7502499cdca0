import { sql } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import type { Letter } from './transport.ts';

/** A letter whose turn has come; `attempts` counts this one. */
export interface DueLetter extends Letter {
  readonly attempts: number;
}

export async function insertLetter(tx: Tx, { id, to, subject, text, queuedAt }: Letter): Promise<void> {
  await tx
    .insertInto('mail_outbox')
    .values({ id, recipient: to, subject, body: text, queued_at: queuedAt, next_attempt_at: queuedAt })
    .execute();
}

/** Takes letters that are due, oldest first; nobody else is given them before `leaseMs` have passed. */
export async function takeDue(db: Db, { nowMs, leaseMs, limit }: { nowMs: number; leaseMs: number; limit: number }): Promise<DueLetter[]> {
  const due = db.selectFrom('mail_outbox').select('id').where('next_attempt_at', '<=', new Date(nowMs));
  const rows = await db
    .updateTable('mail_outbox')
    .set({ next_attempt_at: new Date(nowMs + leaseMs), attempts: sql`attempts + 1` })
    .where('id', 'in', due.orderBy('next_attempt_at').limit(limit).forUpdate().skipLocked())
    .returningAll()
    .execute();
  return rows
    .map((row) => ({
      id: row.id,
      to: row.recipient,
      subject: row.subject,
      text: row.body,
      queuedAt: row.queued_at,
      attempts: row.attempts,
    }))
    .toSorted((one, other) => one.queuedAt.getTime() - other.queuedAt.getTime());
}

export async function putOff(db: Db, id: string, untilMs: number): Promise<void> {
  await db
    .updateTable('mail_outbox')
    .set({ next_attempt_at: new Date(untilMs) })
    .where('id', '=', id)
    .execute();
}

export async function removeLetter(db: Db, id: string): Promise<void> {
  await db.deleteFrom('mail_outbox').where('id', '=', id).execute();
}
