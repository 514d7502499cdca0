import pg from 'pg';

const CONNECT_TIMEOUT_MS = 5000;

/** Whether the database takes connections. `unprepared`: the server does, but the role or the database is not there yet. */
export type Readiness = 'yes' | 'no' | 'unprepared';

/** SQLSTATE: undefined database; and wrong password or unknown role, which the server tells apart for nobody. */
const UNPREPARED = new Set(['3D000', '28P01', '28000']);

/** Tries one connection. */
export async function canConnect(url: string): Promise<Readiness> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  try {
    await client.connect();
    return 'yes';
  } catch (error) {
    return error instanceof pg.DatabaseError && UNPREPARED.has(error.code ?? '') ? 'unprepared' : 'no';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Makes the role and the database `conclave`, both as far as they are missing. The role owns the database and nothing else, so that
 * a fault in our SQL does not reach the server's files, as it would as a superuser.
 * @param password hexadecimal.
 */
export async function prepareDatabase(adminUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    const literal = client.escapeLiteral(password);
    const role = await client.query("SELECT 1 FROM pg_roles WHERE rolname = 'conclave'");
    await client.query(`${role.rowCount === 0 ? 'CREATE' : 'ALTER'} ROLE conclave LOGIN PASSWORD ${literal}`);
    const database = await client.query("SELECT 1 FROM pg_database WHERE datname = 'conclave'");
    if (database.rowCount === 0) await client.query('CREATE DATABASE conclave OWNER conclave');
  } finally {
    await client.end();
  }
}
