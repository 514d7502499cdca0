import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, link, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readIfPresent, writeWhole } from './key-files.ts';
import type { PostgresAccount } from './postgres-account.ts';

const run = promisify(execFile);

/** Where one embedded PostgreSQL keeps its things, under `<dataDir>/postgres`. */
export interface Cluster {
  home: string;
  /** PostgreSQL's own data directory. */
  directory: string;
  logFile: string;
  superuserPassword: string;
  password: string;
}

/**
 * How the data directory is named to PostgreSQL. Its user may have no right to walk there (a clone below /root), but it
 * needs none when it is already there: it is started in the directory and told to use the one that it is in.
 */
export const DATA_DIRECTORY_ARGUMENT = process.platform === 'linux' ? '/proc/self/cwd' : '.';

/** Where PostgreSQL's own data directory is, or would be. */
export function clusterDirectory(dataDir: string): string {
  return join(dataDir, 'postgres', 'cluster');
}

/** The cluster under `dataDir`, made if missing. A half-made one is made anew. */
export async function ensureCluster(dataDir: string, account: PostgresAccount): Promise<Cluster> {
  const home = join(dataDir, 'postgres');
  const directory = clusterDirectory(dataDir);
  await mkdir(home, { recursive: true, mode: 0o700 });
  if (account.ids) await chown(home, account.ids.uid, account.ids.gid);
  const [superuserPassword, password] = [
    await ensurePassword(join(home, 'superuser-password'), account),
    await ensurePassword(join(home, 'password'), account),
  ];
  if (!(await exists(join(directory, 'PG_VERSION')))) await initialise(home, directory, account);
  return { home, directory, logFile: join(home, 'postgres.log'), superuserPassword, password };
}

async function initialise(home: string, directory: string, account: PostgresAccount): Promise<void> {
  const draft = join(home, `cluster.new-${process.pid}`);
  await mkdir(draft, { mode: 0o700 });
  if (account.ids) await chown(draft, account.ids.uid, account.ids.gid);
  const options = [
    ['-D', DATA_DIRECTORY_ARGUMENT],
    ['-U', 'postgres'],
    ['--auth=scram-sha-256', `--pwfile=${DATA_DIRECTORY_ARGUMENT}/../superuser-password`],
    // Sorting by code point is the same on every host, so an upgrade of its C library cannot break an index.
    ['--encoding=UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-instructions'],
    ['-c', 'jit=off', '-c', 'password_encryption=scram-sha-256', '-c', 'log_timezone=UTC', '-c', 'timezone=UTC'],
  ];
  try {
    await run(account.initdb, options.flat(), { ...account.ids, cwd: draft, env: { LC_ALL: 'C', PATH: process.env['PATH'] } });
    await rename(draft, directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function ensurePassword(file: string, account: PostgresAccount): Promise<string> {
  const present = await readIfPresent(file);
  if (present !== undefined) return present.trim();
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  if (account.ids) await chown(draft, account.ids.uid, account.ids.gid);
  // `link` does not replace: if another process was first, its password stays.
  await link(draft, file).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  await rm(draft);
  return ensurePassword(file, account);
}

/** The port of last time if it is free, else another, which is remembered. */
export async function choosePort(home: string): Promise<number> {
  const file = join(home, 'port');
  const before = Number(await readIfPresent(file));
  if (Number.isInteger(before) && before > 0 && (await freePort(before)) !== undefined) return before;
  const chosen = await freePort(0);
  if (chosen === undefined) throw new Error('no free port for PostgreSQL');
  await writeWhole(file, `${chosen}\n`);
  return chosen;
}

function freePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
