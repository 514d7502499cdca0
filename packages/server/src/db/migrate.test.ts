import { createLog } from '@conclave/runtime/log';
import { createTestDatabase } from '@conclave/testkit/database';
import { openGate } from '@conclave/testkit/tcp-gate';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { connectDatabase } from './connection.ts';
import { migrate } from './migrate.ts';
import { inTransaction } from './transaction.ts';

const log = createLog({ logLevel: 'silent' }, 'test');

test('a database that cannot be reached is unavailable, and nothing else', async () => {
  const away = connectDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', log });
  await expect(sql`select 1`.execute(away)).rejects.toMatchObject({ code: 'unavailable' });
  await away.destroy();
});

test('a statement that takes too long is cancelled and unavailable', async () => {
  await using database = await createTestDatabase();
  const db = connectDatabase({ url: database.url, log, statementTimeoutMs: 50 });
  await expect(sql`select pg_sleep(5)`.execute(db)).rejects.toMatchObject({ code: 'unavailable' });
  await db.destroy();
});

test('a database that answers nothing at all is unavailable, also in the middle of a transaction, and comes back', async () => {
  await using database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  await using gate = await openGate({ host: hostname, port: Number(port || 5432) });
  const url = new URL(database.url);
  url.host = `127.0.0.1:${gate.port}`;
  const db = connectDatabase({ url: url.href, log, silenceTimeoutMs: 300 });
  const stalled = inTransaction(db, async (tx) => {
    await sql`select 1`.execute(tx);
    gate.stall();
    await sql`select 2`.execute(tx);
  });
  await expect(stalled).rejects.toMatchObject({ code: 'unavailable' });
  gate.flow();
  expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
  await db.destroy();
});

test('what a migration needs long for is waited for', async () => {
  await using database = await createTestDatabase();
  const db = connectDatabase({ url: database.url, log, statementTimeoutMs: 100, silenceTimeoutMs: 200 });
  await migrate(db, log, [{ name: '0001', sql: 'select pg_sleep(0.6); create table one (id int);' }]);
  await expect(sql`select pg_sleep(0.6)`.execute(db)).rejects.toMatchObject({ code: 'unavailable' });
  await db.destroy();
});

test('several processes that migrate at once leave one schema', async () => {
  await using database = await createTestDatabase();
  const pools = [1, 2, 3].map(() => connectDatabase({ url: database.url, log, maxConnections: 2 }));
  await Promise.all(pools.map((pool) => migrate(pool, log)));
  const [first] = pools;
  expect(await first?.selectFrom('sessions').selectAll().execute()).toEqual([]);
  await Promise.all(pools.map((pool) => pool.destroy()));
});

test('a migration that fails changes nothing, and a database of a newer release is refused', async () => {
  await using database = await createTestDatabase();
  const pool = connectDatabase({ url: database.url, log, maxConnections: 2 });
  const good = { name: '0001', sql: 'create table one (id int);' };
  await expect(migrate(pool, log, [good, { name: '0002', sql: 'create table two (id int); select no_such_function();' }])).rejects.toThrow(
    'no_such_function',
  );
  await migrate(pool, log, [good, { name: '0002', sql: 'create table two (id int);' }]);
  await expect(migrate(pool, log, [good])).rejects.toThrow('newer release (0002)');
  await pool.destroy();
});
