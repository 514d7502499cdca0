import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childEnvironment, type Config } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { startPostgres } from '@conclave/runtime/postgres';
import { runningSupervisor } from './run-record.ts';

const PROGRAM = fileURLToPath(new URL('../../server/src/main/admin.ts', import.meta.url));

/**
 * Runs the server package's administration program with these arguments against this installation's database. An embedded PostgreSQL that
 * is not running is started for that long. Resolves with the program's exit code.
 */
export async function runAdmin(config: Config, args: readonly string[], program: string = PROGRAM): Promise<number> {
  if (config.databaseUrl) return runProgram(program, args, config, config.databaseUrl.reveal());
  const log = createLog({ logLevel: 'warn' }, 'cli', { destination: process.stderr, pretty: process.stderr.isTTY });
  const postgres = await startPostgres({ dataDir: config.dataDir, log, keepAdopted: true });
  try {
    return await runProgram(program, args, config, postgres.url);
  } finally {
    // Conclave may have been started meanwhile, and then it is its PostgreSQL now.
    if ((await runningSupervisor(config.dataDir)) === undefined) await postgres[Symbol.asyncDispose]();
  }
}

async function runProgram(program: string, args: readonly string[], config: Config, databaseUrl: string): Promise<number> {
  const env = childEnvironment({ databaseUrl, dataDir: config.dataDir, logLevel: 'silent' });
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null]; // ChildProcess' own signature
  return code ?? 1;
}
