import type { Log } from '@conclave/runtime/log';
import type { Db } from '../db/connection.ts';
import type { Access } from './authenticate.ts';
import { createLimits } from './limits.ts';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { createSignIn } from './sign-in.ts';

/** Builds what decides who is who: the master keys of the data directory, members' sign-in, and the limits on trying. */
export async function createAccess(options: { db: Db; log: Log; origin: string; dataDir: string }): Promise<Access> {
  const { db, log, origin, dataDir } = options;
  const keys = await loadMasterKeys(dataDir);
  const signInOn = (connection: Db) => createSignIn({ db: connection, log, origin, cookieSecret: keys.cookies });
  return { keys, limits: createLimits(db), signIn: signInOn(db), signInWithin: signInOn };
}
