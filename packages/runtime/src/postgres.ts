import { spawn } from 'node:child_process';
import { open, readFile, realpath, rm, stat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './log.ts';
import { readIfPresent } from './key-files.ts';
import { findPostgresAccount, type PostgresAccount } from './postgres-account.ts';
import { choosePort, clusterDirectory, DATA_DIRECTORY_ARGUMENT, ensureCluster, type Cluster } from './postgres-cluster.ts';
import { canConnect, prepareDatabase } from './postgres-database.ts';
import { isRunning, workingDirectory } from './process-info.ts';

const ATTEMPTS = 3;
const STOP_TIMEOUT_MS = 4000;
/** Recovery after a crash may replay much; while the server says that it is starting we wait. */
const READY_TIMEOUT_MS = 120_000;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** A running embedded PostgreSQL. Disposing ends it, unless it was running before and `keepAdopted` was given. */
export interface Postgres extends AsyncDisposable {
  /** Database `conclave`, as its owner, who may not do more than that on the server. Holds a password. */
  readonly url: string;
  /** Database `postgres`, as the superuser. Holds a password. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  /** It was running already, left by a process that was killed. */
  readonly adopted: boolean;
  /** Resolves when the server is gone, for whatever reason. */
  readonly ended: Promise<void>;
}

interface PostgresOptions {
  dataDir: string;
  log: Log;
  /** Disposing leaves a server alone that this call found running. */
  keepAdopted?: boolean;
}

interface Running {
  pid: number;
  port: number;
}

/**
 * Starts the embedded PostgreSQL of a data directory, or takes over the one that runs there. It listens on loopback only, with a random
 * password, and survives its starter: whoever starts next finds it.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const account = await findPostgresAccount(options.log);
  const cluster = await ensureCluster(options.dataDir, account);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const found = await findRunning(cluster);
    const running = found ?? (await launch(cluster, account, options.log));
    const urls = {
      url: urlOf(running, 'conclave', cluster.password, 'conclave'),
      adminUrl: urlOf(running, 'postgres', cluster.superuserPassword, 'postgres'),
    };
    // One that was found may have been stopping, and one that was launched may have lost against another's.
    if (!(await becomesReady(running, urls, cluster))) continue;
    options.log.debug({ pid: running.pid, port: running.port, adopted: found !== undefined }, 'PostgreSQL accepts connections');
    return handleOf(running, urls, { adopted: found !== undefined, stops: !(found && options.keepAdopted) });
  }
  throw new Error(`PostgreSQL ends as soon as it is started; its last words in ${cluster.logFile}:\n${await lastLines(cluster.logFile)}`);
}

function handleOf(
  running: Running,
  urls: Pick<Postgres, 'url' | 'adminUrl'>,
  { adopted, stops }: { adopted: boolean; stops: boolean },
): Postgres {
  return {
    ...urls,
    ...running,
    adopted,
    ended: watchEnd(running.pid),
    [Symbol.asyncDispose]: async () => (stops ? stopServer(running.pid) : undefined),
  };
}

/**
 * The database of an embedded PostgreSQL that runs, as its owner; undefined where none does. Starts nothing and changes nothing.
 * @throws Error when this user may not read where it is.
 */
export async function findPostgres(dataDir: string): Promise<{ url: string; pid: number } | undefined> {
  const home = join(dataDir, 'postgres');
  const running = (await readPostmaster(join(home, 'cluster')))?.running;
  const password = await readIfPresent(join(home, 'password'));
  if (!running || password === undefined) return undefined;
  return { url: urlOf(running, 'conclave', password.trim(), 'conclave'), pid: running.pid };
}

/**
 * The server of postmaster.pid, if that process is alive and works in this very directory. A file left by a dead one is removed, because
 * PostgreSQL itself only looks whether some process has that id, which after a reboot is any.
 */
async function findRunning(cluster: Cluster): Promise<Running | undefined> {
  const read = await readPostmaster(cluster.directory);
  if (read?.isStale) await rm(postmasterFile(cluster.directory), { force: true });
  return read?.running;
}

function postmasterFile(directory: string): string {
  return join(directory, 'postmaster.pid');
}

async function readPostmaster(directory: string): Promise<{ running?: Running; isStale: boolean } | undefined> {
  const lines = (await readIfPresent(postmasterFile(directory)))?.split('\n');
  if (!lines) return undefined;
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  const alive = pid > 0 && isRunning(pid) && (process.platform !== 'linux' || workingDirectory(pid) === (await realpath(directory)));
  return { isStale: !alive, ...(alive && port > 0 && { running: { pid, port } }) };
}

/** The embedded server of a data directory, if it runs and this user may know; changes nothing. */
export async function runningPostmaster(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(clusterDirectory(dataDir), 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number(text.split('\n', 1)[0]);
  return pid > 0 && isRunning(pid) ? pid : undefined;
}

async function launch(cluster: Cluster, account: PostgresAccount, log: Log): Promise<Running> {
  const port = await choosePort(cluster.home);
  await rotate(cluster.logFile);
  const output = await open(cluster.logFile, 'a', 0o600);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'cluster_name=conclave', 'fsync=on'];
  const child = spawn(
    account.postgres,
    ['-D', DATA_DIRECTORY_ARGUMENT, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    {
      ...account.ids,
      cwd: cluster.directory,
      env: { LC_ALL: 'C' },
      // A session of its own: neither Ctrl-C in the terminal nor the death of its starter reaches it.
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    },
  );
  const spawned = Promise.withResolvers<number>();
  child.once('spawn', () => spawned.resolve(child.pid ?? 0));
  child.once('error', spawned.reject);
  child.unref();
  try {
    const pid = await spawned.promise;
    log.debug({ pid, port }, 'PostgreSQL started');
    return { pid, port };
  } finally {
    await output.close();
  }
}

/** Resolves with false if this server ends instead. */
async function becomesReady(running: Running, urls: { url: string; adminUrl: string }, cluster: Cluster): Promise<boolean> {
  const deadlineMs = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const state = await canConnect(urls.url);
    // Another's server may answer on the port that ours was to have.
    if (state === 'yes') return (await findRunning(cluster))?.pid === running.pid;
    if (state === 'unprepared') {
      await prepareDatabase(urls.adminUrl, cluster.password);
    } else if (!isRunning(running.pid)) {
      return false;
    } else if (Date.now() > deadlineMs) {
      throw new Error(`PostgreSQL was not ready after ${READY_TIMEOUT_MS / 1000} s; see ${cluster.logFile}`);
    } else {
      await delay(25);
    }
  }
}

/** An adopted server is not our child, so its end is seen by looking. */
async function watchEnd(pid: number): Promise<void> {
  while (isRunning(pid)) await delay(250, undefined, { ref: false });
}

/** "Fast" shutdown ends sessions and writes a checkpoint; "immediate" is for a server that hangs, and recovers on the next start. */
async function stopServer(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!isRunning(pid)) return;
    process.kill(pid, signal);
    const deadlineMs = Date.now() + STOP_TIMEOUT_MS;
    while (isRunning(pid) && Date.now() < deadlineMs) await delay(10);
  }
}

function urlOf({ port }: Running, user: string, password: string, database: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
}

async function rotate(logFile: string): Promise<void> {
  const size = await stat(logFile).then(
    (found) => found.size,
    () => 0,
  );
  if (size > LOG_LIMIT_BYTES) await rename(logFile, `${logFile}.1`);
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}
