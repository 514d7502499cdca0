import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from './log.ts';
import { startPostgres } from './postgres.ts';
import { isRunning } from './process-info.ts';

const log = createLog({ logLevel: 'silent' }, 'test');
let dataDir: string;

beforeAll(async () => {
  // Mode 0700, as below /root: nobody but the owner may walk through it.
  const closed = await mkdtemp(join(tmpdir(), 'conclave-postgres-'));
  dataDir = join(closed, 'data');
  await mkdir(dataDir);
});
afterAll(() => rm(join(dataDir, '..'), { recursive: true }));

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>({ text, rowMode: 'object' } as never)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that starts PostgreSQL and then only waits. */
async function startElsewhere() {
  const script = `
    const { startPostgres } = await import(${JSON.stringify(new URL('postgres.ts', import.meta.url).href)});
    const { createLog } = await import(${JSON.stringify(new URL('log.ts', import.meta.url).href)});
    const { pid } = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: createLog({ logLevel: 'silent' }, 'test') });
    console.log(pid);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]; // what the script prints
  return { child, postgresPid: Number(line) };
}

describe('embedded PostgreSQL', () => {
  test('what is written survives a stop, also where only the owner may reach the data directory', async () => {
    {
      await using postgres = await startPostgres({ dataDir, log });
      expect(postgres.adopted).toBe(false);
      await query(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    }
    await using postgres = await startPostgres({ dataDir, log });
    expect(await query(postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(
      await query(
        postgres.adminUrl,
        "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'listen_addresses', 'unix_socket_directories') ORDER BY name",
      ),
    ).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
  });

  test('the role of the application is no superuser, and no password is guessed or left open', async () => {
    await using postgres = await startPostgres({ dataDir, log });
    expect(await query(postgres.url, 'SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user')).toEqual([
      { rolsuper: false, rolcreaterole: false, rolcreatedb: false },
    ]);
    const wrong = new URL(postgres.adminUrl);
    wrong.password = 'postgres';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(dataDir, 'postgres/password'))).mode & 0o777).toBe(0o600);
  });

  test('a server left by a killed process is found and used again', async () => {
    const { child, postgresPid } = await startElsewhere();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isRunning(postgresPid)).toBe(true);
    {
      await using looked = await startPostgres({ dataDir, log, keepAdopted: true });
      expect(looked).toMatchObject({ adopted: true, pid: postgresPid });
    }
    expect(isRunning(postgresPid)).toBe(true);
    {
      await using postgres = await startPostgres({ dataDir, log });
      expect(postgres).toMatchObject({ adopted: true, pid: postgresPid });
      expect(await query(postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    }
    expect(isRunning(postgresPid)).toBe(false);
  });

  test('a pid file of a dead server does not hinder, even when another process got its id', async () => {
    const crashed = await startPostgres({ dataDir, log });
    const pidFile = join(dataDir, 'postgres/cluster/postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    process.kill(crashed.pid, 'SIGKILL');
    await crashed.ended;
    for (const pid of [crashed.pid, process.pid]) {
      await writeFile(pidFile, text.replace(String(crashed.pid), String(pid)));
      await using postgres = await startPostgres({ dataDir, log });
      expect(postgres.adopted).toBe(false);
      expect(await query(postgres.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    }
  });

  test('two that start at once use one server', async () => {
    const [one, other] = await Promise.all([startPostgres({ dataDir, log }), startPostgres({ dataDir, log })]);
    expect(one.pid).toBe(other.pid);
    await one[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });
});
