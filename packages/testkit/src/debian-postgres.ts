import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findTcpPort } from './ports.ts';

const run = promisify(execFile);
const bin = '/usr/lib/postgresql/15/bin';

async function idOf(flag: '-u' | '-g', user: string): Promise<number> {
  return Number((await run('id', [flag, user])).stdout);
}

async function waitUntilAnswering(url: string): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      await client.end().catch(() => undefined);
      if (Date.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * Debian's PostgreSQL 15 in a directory of its own on a free port of loopback, as its own user when we are root.
 * What is proven on it holds for a `DATABASE_URL` that an operator brings.
 * @throws when the Debian package `postgresql-15` is not installed
 */
export async function startDebianPostgres(): Promise<{ url: string } & AsyncDisposable> {
  await access(join(bin, 'initdb')).catch(() => {
    throw new Error('Debian package postgresql-15 is missing: sudo apt-get install postgresql-15');
  });
  const root = process.getuid?.() === 0;
  const identity = root ? { uid: await idOf('-u', 'postgres'), gid: await idOf('-g', 'postgres') } : {};
  const directory = await mkdtemp(join(tmpdir(), 'conclave-debian-pg-'));
  if (identity.uid !== undefined) await chown(directory, identity.uid, identity.gid);
  const data = join(directory, 'data');
  const options = { ...identity, cwd: directory };
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'conclave', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'], options);
  const port = await findTcpPort();
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', directory, '-c', 'fsync=off', '-c', 'max_connections=300'],
    { ...options, stdio: 'ignore' },
  );
  const url = `postgres://conclave@127.0.0.1:${port}/postgres`;
  await waitUntilAnswering(url);
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(server, 'exit');
      server.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
