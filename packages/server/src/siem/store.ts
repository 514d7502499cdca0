import type { Db } from '../db/connection.ts';

export interface Row {
  readonly seq: string;
  /** null where retention has cut. */
  readonly entry: string | null;
}

/** The seq from which the follower has to read on: 0 for one that is new. */
export async function findCursor(db: Db, follower: string): Promise<number> {
  await db
    .insertInto('event_log_followers')
    .values({ name: follower, next_seq: 0 })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const row = await db.selectFrom('event_log_followers').select('next_seq').where('name', '=', follower).executeTakeFirstOrThrow();
  return Number(row.next_seq);
}

/** Everything before `next` is safe at the follower's. Never moves back. */
export async function moveCursor(db: Db, follower: string, next: number, at: Date): Promise<void> {
  await db
    .updateTable('event_log_followers')
    .set({ next_seq: next, updated_at: at })
    .where('name', '=', follower)
    .where('next_seq', '<', String(next))
    .execute();
}

/** Entries in order of seq. An entry that can be seen has no gap before it. */
export function readRows(db: Db, first: number, limit: number): Promise<Row[]> {
  const rows = db.selectFrom('event_log_entries').select(['seq', 'entry']).where('seq', '>=', String(first));
  return rows.orderBy('seq').limit(limit).execute();
}
