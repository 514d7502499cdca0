import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Log } from '@conclave/runtime/log';
import { asAppError } from './faults.ts';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;

interface ConnectOptions {
  /** `postgres://…` */
  url: string;
  log: Log;
  maxConnections?: number;
  /** A statement that takes longer is cancelled and answered with `unavailable`. */
  statementTimeoutMs?: number;
}

/**
 * Opens the pool; the first connection is made by the first query. A database that is away makes queries throw
 * `AppError('unavailable')`, and the pool comes back by itself. End it with `db.destroy()`.
 */
export function connectDatabase(options: ConnectOptions): Db {
  const { url, log, maxConnections = 10, statementTimeoutMs = 5_000 } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    application_name: 'conclave-server',
    connectionTimeoutMillis: 3_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
  });
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection broke'));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: translated(pool) }) });
}

/** The one place where the driver's errors become ours. */
function translated(pool: pg.Pool): PostgresPool {
  return {
    connect: async () => translatedClient(await pool.connect().catch(rethrow)),
    end: () => pool.end(),
  };
}

function translatedClient(client: pg.PoolClient): PostgresPoolClient {
  let broken: Error | undefined;
  // A connection that breaks between two queries of a transaction must not end the process either.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  const query = async (text: string, parameters: readonly unknown[]) => client.query(text, [...parameters]).catch(rethrow);
  return {
    query: query as unknown as PostgresPoolClient['query'], // its other overload, cursors, is not used here
    release: () => {
      client.off('error', onError);
      client.release(broken);
    },
  };
}

function rethrow(error: unknown): never {
  throw asAppError(error);
}
