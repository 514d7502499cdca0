import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import type { Log } from '@conclave/runtime/log';
import { asAppError, isSilence } from './faults.ts';
import { createStatementNames } from './statement-names.ts';
import type { Tables } from './tables.ts';
import { createTurns, type TakeTurn } from './turns.ts';

export type Db = Kysely<Tables>;

interface ConnectOptions {
  /** `postgres://…` */
  url: string;
  log: Log;
  maxConnections?: number;
  /** A statement that takes longer is cancelled and answered with `unavailable`; 0: it may take its time. */
  statementTimeoutMs?: number;
  /** A database that answers nothing at all for so long counts as away: it may be stopped, or the network in between. 3 s more unless given. */
  silenceTimeoutMs?: number;
}

/** How long a query waits for a connection while all are busy. How long one that must be made may take is another matter. */
const BUSY_MS = 8_000;

/** What a migration says before it takes its time, and when it is done. */
export const TAKE_TIME = 'set statement_timeout = 0';
export const HURRY_AGAIN = 'reset statement_timeout';

/**
 * Opens the pool; the first connection is made by the first query. A database that is away makes queries throw
 * `AppError('unavailable')`, and the pool comes back by itself. End it with `db.destroy()`.
 */
export function connectDatabase(options: ConnectOptions): Db {
  const { url, log, maxConnections = 10, statementTimeoutMs = 5_000 } = options;
  const { silenceTimeoutMs = statementTimeoutMs === 0 ? 0 : statementTimeoutMs + 3_000 } = options;
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
  return new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: translated(pool, { takeTurn: createTurns(maxConnections, BUSY_MS), silenceTimeoutMs, nameOf: createStatementNames() }),
    }),
  });
}

interface Asking {
  readonly silenceTimeoutMs: number;
  readonly nameOf: (text: string) => string | undefined;
}

/** The one place where the driver's errors become ours. */
function translated(pool: pg.Pool, { takeTurn, ...asking }: Asking & { takeTurn: TakeTurn }): PostgresPool {
  return {
    connect: async () => {
      // The pool's own timeout counts waiting for others as if the database were away.
      const giveBack = await takeTurn();
      try {
        return translatedClient(await pool.connect(), { ...asking, giveBack });
      } catch (error) {
        giveBack();
        return rethrow(error);
      }
    },
    end: () => pool.end(),
  };
}

function translatedClient(
  client: pg.PoolClient,
  { silenceTimeoutMs, nameOf, giveBack }: Asking & { giveBack: () => void },
): PostgresPoolClient {
  let broken: Error | undefined;
  let takesTime = false;
  // A connection that breaks between two queries of a transaction must not end the process either.
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  const query = async (text: string, parameters: readonly unknown[]) => {
    // What was asked last may still be answered: nothing more can be asked on this connection.
    if (broken) throw asAppError(broken);
    if (text === TAKE_TIME) takesTime = true;
    if (text === HURRY_AGAIN) takesTime = false;
    const patience = takesTime ? {} : { query_timeout: silenceTimeoutMs };
    const name = nameOf(text);
    return client.query({ text, values: [...parameters], ...(name !== undefined && { name }), ...patience }).catch((error: unknown) => {
      if (isSilence(error)) broken = error;
      return rethrow(error);
    });
  };
  return {
    query: query as unknown as PostgresPoolClient['query'], // its other overload, cursors, is not used here
    release: () => {
      client.off('error', onError);
      client.release(broken);
      giveBack();
    },
  };
}

function rethrow(error: unknown): never {
  throw asAppError(error);
}
