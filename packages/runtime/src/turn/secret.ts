import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { createOnce } from '../key-files.ts';
import { Secret } from '../secret.ts';

const SECRET_BYTES = 32;

/** What server and TURN server share: `CONCLAVE_TURN_SECRET`, or one that is made in the data directory. */
export async function loadTurnSecret({ dataDir, turnSecret }: Pick<Config, 'dataDir' | 'turnSecret'>): Promise<Secret> {
  return turnSecret ?? new Secret(await createOnce(join(dataDir, 'turn/secret'), () => randomBytes(SECRET_BYTES).toString('hex')));
}
