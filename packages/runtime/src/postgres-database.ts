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

/** What a database says of itself. */
export interface DatabaseFacts {
  /** `18.4` */
  readonly version: string;
  /** Positive: its clock is ahead of ours. */
  readonly clockOffsetMs: number;
  /** Whether our own connection is encrypted. */
  readonly isEncrypted: boolean;
}

/** Asks a database for what it is, and nothing of what is in it. @throws Error with the reason, which holds no password, when it does not answer in time. */
export async function askDatabase(url: string, timeoutMs: number): Promise<DatabaseFacts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  // Without a listener a connection that breaks would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const beganMs = Date.now();
    const { rows } = await client.query<{ version: string; now_ms: string; encrypted: boolean | null }>(
      `SELECT current_setting('server_version') AS version, extract(epoch FROM clock_timestamp()) * 1000 AS now_ms,
         (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS encrypted`,
    );
    const middleMs = (beganMs + Date.now()) / 2;
    const [row] = rows;
    return {
      // Debian adds its own revision behind it.
      version: row?.version.split(' ', 1)[0] ?? '',
      clockOffsetMs: Number(row?.now_ms) - middleMs,
      isEncrypted: row?.encrypted === true,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}
