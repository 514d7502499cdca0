import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Platform } from './platform.ts';

const CONCLAVE = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const VERIFIER = fileURLToPath(new URL('../../cli/src/verify-log.ts', import.meta.url));

/**
 * Signs and exports a platform's event log as an operator does and has the offline verifier judge it against every checkpoint there
 * ever was. Resolves with what it says. @throws Error when the log does not verify
 */
export async function verifyOffline({ config }: Pick<Platform, 'config'>): Promise<string> {
  const { dataDir, databaseUrl, host } = config;
  const env = { ...process.env, DATABASE_URL: databaseUrl?.reveal(), CONCLAVE_DATA_DIR: dataDir, CONCLAVE_HOST: host };
  const run = async (...args: string[]) => (await promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  const file = join(dataDir, 'export.jsonl');
  await run(CONCLAVE, 'log', 'checkpoint');
  const key = (await run(CONCLAVE, 'log', 'key')).trim();
  await run(CONCLAVE, 'log', 'export', file);
  return run(VERIFIER, file, '--key', key, '--checkpoint', join(dataDir, 'checkpoints', 'history.jsonl'));
}
