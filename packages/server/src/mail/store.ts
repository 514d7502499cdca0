import { sql } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import type { Calendar } from './message.ts';
import type { Letter } from './transport.ts';

/** A letter whose turn has come; `attempts` counts this one. */
export interface DueLetter extends Letter {
  readonly attempts: number;
}

export async function insertLetter(tx: Tx, { id, to, subject, text, calendar, about, queuedAt }: Letter): Promise<void> {
  await tx
    .insertInto('mail_outbox')
    .values({
      id,
      recipient: to,
      subject,
      body: text,
      calendar: calendar === undefined ? null : JSON.stringify(calendar),
      about: about ?? null,
      queued_at: queuedAt,
      next_attempt_at: queuedAt,
    })
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
      ...(row.calendar !== null && { calendar: row.calendar as Calendar }), // written by insertLetter and by nobody else
      ...(row.about !== null && { about: row.about }),
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

/** False: it was taken back meanwhile. */
export async function removeLetter(db: Db, id: string): Promise<boolean> {
  return (await db.deleteFrom('mail_outbox').where('id', '=', id).executeTakeFirst()).numDeletedRows > 0n;
}

export async function isWaiting(db: Db, id: string): Promise<boolean> {
  return (await db.selectFrom('mail_outbox').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

/** Removes the letters about something. True: of one of them the sending had begun. */
export async function removeLettersAbout(tx: Tx, about: string): Promise<boolean> {
  const removed = await tx.deleteFrom('mail_outbox').where('about', '=', about).returning('attempts').execute();
  return removed.some(({ attempts }) => attempts > 0);
}
