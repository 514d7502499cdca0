import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';

/** Replaces whatever token there was: only the newest owner link is good. */
export async function replaceSetupToken(tx: Tx, digest: Buffer): Promise<void> {
  await tx.deleteFrom('setup_tokens').execute();
  await tx.insertInto('setup_tokens').values({ digest }).execute();
}

export async function hasSetupToken(db: Db, digest: Buffer): Promise<boolean> {
  return (await db.selectFrom('setup_tokens').select('digest').where('digest', '=', digest).executeTakeFirst()) !== undefined;
}

/** Removes the token and says whether it was there: of two transactions at once, the second waits and then gets false. */
export async function takeSetupToken(db: Db, digest: Buffer): Promise<boolean> {
  return (await db.deleteFrom('setup_tokens').where('digest', '=', digest).returning('digest').executeTakeFirst()) !== undefined;
}
