import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@conclave/runtime/log';
import { Secret } from '@conclave/runtime/secret';
import { createManualTime } from '@conclave/runtime/testing/manual-time';
import { sql } from 'kysely';
import { connectDatabase } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { inTransaction } from '../db/transaction.ts';
import { visitorCause } from './cause.ts';
import { createCheckpointFiles } from './checkpoint-files.ts';
import { createEventLog } from './event-log.ts';
import { createPersonKeys } from './person-keys.ts';
import { sequenceBatch } from './sequencer.ts';
import { signHead } from './sign-head.ts';
import { loadSigningKey } from './signing-key.ts';

/** An event log on an empty database, which it disposes of, with a directory for its key and checkpoints, on time that stands still. For tests. */
export async function startTestLog(database: { url: string } & AsyncDisposable) {
  await using began = new AsyncDisposableStack();
  const lines: string[] = [];
  const log = createLog({ logLevel: 'info' }, 'test', { pretty: false, destination: { write: (line) => void lines.push(line) } });
  const dataDir = await mkdtemp(join(tmpdir(), 'conclave-log-'));
  began.defer(() => rm(dataDir, { recursive: true }));
  began.use(database);
  const db = began.adopt(connectDatabase({ url: database.url, log }), (open) => open.destroy());
  await migrate(db, log);
  const time = createManualTime(Date.UTC(2026, 10, 24, 9));
  const personKeys = createPersonKeys(new Secret(randomBytes(32).toString('base64url')));
  const eventLog = createEventLog({ clock: time, personKeys, onAppended: () => undefined });
  const config = { dataDir, host: 'meet.test', checkpointDir: join(dataDir, 'checkpoints') };
  const signer = await loadSigningKey(dataDir, config.host);
  const files = createCheckpointFiles(config.checkpointDir);

  /** Logs so many events of one visitor and gives them their places. */
  async function add(count: number, name = 'Ann'): Promise<void> {
    const event = {
      name: 'participant.renamed',
      by: { ...visitorCause('192.0.2.7'), person: 'member x' },
      personal: { name },
      data: {},
    } as const;
    const events = Array.from({ length: count }, () => event);
    await inTransaction(db, (tx) => eventLog.appendAll(tx, events));
    await sequenceBatch(db, count);
  }

  /** Statements as only a superuser of the database can run them. */
  async function tamper(...statements: string[]): Promise<void> {
    await sql`alter table event_log_entries disable trigger user`.execute(db);
    for (const statement of statements) await sql.raw(statement).execute(db);
    await sql`alter table event_log_entries enable trigger user`.execute(db);
  }

  const ends = began.move();
  return {
    db,
    log,
    /** What was logged. */
    lines,
    time,
    config,
    signer,
    files,
    personKeys,
    eventLog,
    add,
    tamper,
    sign: () => signHead({ db, log, clock: time, signer, files }),
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}
