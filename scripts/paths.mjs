// Where things are, for the scripts; Node 18 has to be able to run this.
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const PINNED_NODE = join(ROOT, 'node_modules/node/bin/node');

/** The folder of finished things that a new clone can use again; the only place outside the clone that is written. */
export function cacheDir(env = process.env) {
  if (env.CONCLAVE_CACHE_DIR) return env.CONCLAVE_CACHE_DIR;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'conclave');
}
