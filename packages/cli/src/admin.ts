import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childEnvironment, type Config } from '@conclave/runtime/config';
import { createLog } from '@conclave/runtime/log';
import { startPostgres } from '@conclave/runtime/postgres';
import { runningSupervisor } from './run-record.ts';

const PROGRAM = fileURLToPath(new URL('../../server/src/main/admin.ts', import.meta.url));

interface AdminOptions {
  /** Reads what the program prints; it goes to standard output unless given. */
  readonly take?: (chunks: AsyncIterable<Buffer>) => Promise<void>;
}

/**
 * Runs the server package's administration program with these arguments against this installation's database. An embedded PostgreSQL that
 * is not running is started for that long. Resolves with the program's exit code.
 */
export async function runAdmin(config: Config, args: readonly string[], options: AdminOptions = {}): Promise<number> {
  if (config.databaseUrl) return runProgram(args, config, config.databaseUrl.reveal(), options);
  const log = createLog({ logLevel: 'warn' }, 'cli', { destination: process.stderr, pretty: process.stderr.isTTY });
  const postgres = await startPostgres({ dataDir: config.dataDir, log, keepAdopted: true });
  try {
    return await runProgram(args, config, postgres.url, options);
  } finally {
    // Conclave may have been started meanwhile, and then it is its PostgreSQL now.
    if ((await runningSupervisor(config.dataDir)) === undefined) await postgres[Symbol.asyncDispose]();
  }
}

async function runProgram(args: readonly string[], config: Config, databaseUrl: string, { take }: AdminOptions): Promise<number> {
  const env = childEnvironment({ databaseUrl, dataDir: config.dataDir, logLevel: 'silent' });
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', take ? 'pipe' : 'inherit', 'inherit'] });
  const exit = once(child, 'exit') as Promise<[number | null]>; // ChildProcess' own signature
  const [[code]] = await Promise.all([exit, child.stdout && take?.(child.stdout)]);
  return code ?? 1;
}
