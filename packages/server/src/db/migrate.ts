import { sql, type Kysely } from 'kysely';
import type { Log } from '@conclave/runtime/log';
import { HURRY_AGAIN, TAKE_TIME, type Db } from './connection.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Any number, the same in every process: who holds it migrates. */
const MIGRATION_LOCK = 4_216_071_001;
const OLDEST_SUPPORTED = 150_000;

/**
 * Brings the schema up to date, each migration in its own transaction, in order. Several processes may call this at
 * once: one works, the others wait and find nothing to do.
 * @throws Error when the database is older than PostgreSQL 15 or was migrated by a newer release.
 */
export async function migrate(db: Db, log: Log, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await db.connection().execute(async (connection) => {
    await refuseOldServer(connection);
    await sql.raw(TAKE_TIME).execute(connection);
    await sql`select pg_advisory_lock(${sql.lit(MIGRATION_LOCK)})`.execute(connection);
    try {
      await applyPending(connection, log, migrations);
    } finally {
      await sql`select pg_advisory_unlock(${sql.lit(MIGRATION_LOCK)})`.execute(connection);
      await sql.raw(HURRY_AGAIN).execute(connection);
    }
  });
}

async function applyPending(connection: Kysely<Tables>, log: Log, migrations: readonly Migration[]): Promise<void> {
  await sql`create table if not exists schema_migrations (name text primary key, applied_at timestamptz not null default now())`.execute(
    connection,
  );
  const { rows } = await sql<{ name: string }>`select name from schema_migrations order by name`.execute(connection);
  const applied = new Set(rows.map((row) => row.name));
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`the database was migrated by a newer release (${unknown.join(', ')})`);
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue;
    await connection.transaction().execute(async (tx) => {
      await sql.raw(migration.sql).execute(tx);
      await sql`insert into schema_migrations (name) values (${migration.name})`.execute(tx);
    });
    log.info({ migration: migration.name }, 'database migrated');
  }
}

async function refuseOldServer(connection: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ version: number }>`select current_setting('server_version_num')::int as version`.execute(connection);
  const version = rows[0]?.version ?? 0;
  if (version < OLDEST_SUPPORTED) throw new Error(`PostgreSQL 15 or newer is needed, this is ${Math.floor(version / 10_000)}`);
}
