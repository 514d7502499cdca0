import type { Transaction } from 'kysely';
import type { Db } from './connection.ts';
import { isRetryable } from './faults.ts';
import type { Tables } from './tables.ts';

export type Tx = Transaction<Tables>;

const ATTEMPTS = 3;

/**
 * Runs `work` in one transaction: all of it is stored or none. After a deadlock or a serialization failure it is
 * run again, up to three times in all, so `work` must do nothing but SQL.
 */
export async function inTransaction<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
    }
  }
}
