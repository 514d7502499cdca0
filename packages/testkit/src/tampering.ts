import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLog } from '@conclave/runtime/log';
import { loadMasterKeys } from '@conclave/runtime/sealing';
import { connectDatabase, type Db } from '@conclave/server/db/connection';
import { migrate } from '@conclave/server/db/migrate';
import { inTransaction } from '@conclave/server/db/transaction';
import { createCheckpointFiles } from '@conclave/server/event-log/checkpoint-files';
import { createEventLog, type NewEvent } from '@conclave/server/event-log/event-log';
import { exportLog } from '@conclave/server/event-log/export';
import { createPersonKeys } from '@conclave/server/event-log/person-keys';
import { sequenceBatch } from '@conclave/server/event-log/sequencer';
import { signHead } from '@conclave/server/event-log/sign-head';
import { loadSigningKey } from '@conclave/server/event-log/signing-key';
import { storeSubtrees } from '@conclave/server/event-log/subtrees';
import { LogInconsistent } from '@conclave/server/event-log/tree';
import pg from 'pg';
import { createTestDatabase } from './database.ts';

const CONCLAVE = fileURLToPath(new URL('../../cli/src/main.ts', import.meta.url));
const TABLES = ['entries', 'head', 'subtrees', 'checkpoints'].map((name) => `event_log_${name}`);
const HOST = 'meet.example';
const NOW_MS = Date.UTC(2026, 10, 24, 9);

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** An installation without a server: its database with a superuser at it, its data directory, and the real command line. */
export interface LogUnderAttack extends AsyncDisposable {
  readonly dataDir: string;
  /** For files of the test. */
  readonly scratch: string;
  readonly history: string;
  conclave(...args: string[]): Promise<Outcome>;
  /** What `conclave log export` does, in this process: signs the log if it can be signed, and exports it to a file. */
  export(file: string): Promise<void>;
  append(events: readonly NewEvent[]): Promise<void>;
  /** SQL with all rights, past every trigger. */
  attack(statement: string, values?: unknown[]): Promise<void>;
  /** Writes new text for entries, with or without what follows from it. */
  rewrite(changes: ReadonlyMap<number, string>, also: { leaves: boolean; subtrees: boolean }): Promise<void>;
  entry(seq: number): Promise<string>;
  /** Takes a copy of the log as it is in the database now, under a name; `restore` puts it back. */
  save(name: string): Promise<void>;
  restore(name: string): Promise<void>;
}

export async function startLogUnderAttack(): Promise<LogUnderAttack> {
  await using began = new AsyncDisposableStack();
  const log = createLog({ logLevel: 'silent' }, 'test');
  const directory = await mkdtemp(join(tmpdir(), 'conclave-tampering-'));
  began.defer(() => rm(directory, { recursive: true }));
  const database = began.use(await createTestDatabase());
  const db = began.adopt(connectDatabase({ url: database.url, log, maxConnections: 2 }), (open) => open.destroy());
  await migrate(db, log);
  const superuser = new pg.Client({ connectionString: database.url });
  await superuser.connect();
  began.defer(() => superuser.end());
  await superuser.query('set session_replication_role = replica');
  const dataDir = join(directory, 'data');
  const personKeys = createPersonKeys((await loadMasterKeys(dataDir)).persons);
  const eventLog = createEventLog({ clock: { nowMs: () => NOW_MS }, personKeys, onAppended: () => undefined });
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    CONCLAVE_DATA_DIR: dataDir,
    CONCLAVE_HOST: HOST,
    INIT_CWD: directory,
  };
  const attack = async (statement: string, values?: unknown[]) => void (await superuser.query(statement, values));
  const ends = began.move();
  return {
    dataDir,
    scratch: directory,
    history: join(dataDir, 'checkpoints', 'history.jsonl'),
    conclave: (...args) => run(env, args),
    export: async (file) => {
      const signer = await loadSigningKey(dataDir, HOST);
      const files = createCheckpointFiles(join(dataDir, 'checkpoints'));
      await signHead({ db, log, clock: { nowMs: () => NOW_MS }, signer, files }).catch((error: unknown) => {
        if (!(error instanceof LogInconsistent)) throw error;
      });
      const { size } = await db.selectFrom('event_log_head').select('size').executeTakeFirstOrThrow();
      await writeFile(file, exportLog(db, { origin: signer.name, size: Number(size) }));
    },
    append: async (events) => {
      await inTransaction(db, (tx) => eventLog.appendAll(tx, events));
      await sequenceBatch(db, events.length);
    },
    attack,
    rewrite: (changes, also) => rewrite(db, attack, changes, also),
    entry: async (seq) => {
      const row = await db.selectFrom('event_log_entries').select('entry').where('seq', '=', String(seq)).executeTakeFirstOrThrow();
      return row.entry ?? '';
    },
    save: async (name) => {
      for (const table of TABLES) await attack(`create table saved_${name}_${table} as table ${table}`);
    },
    restore: async (name) => {
      for (const table of TABLES) await attack(`truncate ${table}; insert into ${table} select * from saved_${name}_${table}`);
    },
    [Symbol.asyncDispose]: () => ends.disposeAsync(),
  };
}

function run(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CONCLAVE, ...args], { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    );
  });
}

async function rewrite(
  db: Db,
  attack: LogUnderAttack['attack'],
  changes: ReadonlyMap<number, string>,
  also: { leaves: boolean; subtrees: boolean },
): Promise<void> {
  for (const [seq, text] of changes) {
    await attack('update event_log_entries set entry = $2 where seq = $1', [seq, text]);
    const leaf = createHash('sha256').update(`\0${text}`).digest();
    if (also.leaves) await attack('update event_log_entries set leaf_hash = $2 where seq = $1', [seq, leaf]);
  }
  if (!also.subtrees) return;
  await attack('truncate event_log_subtrees');
  const { size } = await db.selectFrom('event_log_head').select('size').executeTakeFirstOrThrow();
  await inTransaction(db, (tx) => storeSubtrees(tx, 0, Number(size)));
}

/** Who signed a note, for a verifier that is none of ours: the text, the signature and the public key in PEM. */
export async function takeNoteApart(noteFile: string, verifierKey: string) {
  const note = await readFile(noteFile, 'utf8');
  const [text = '', signatures = ''] = note.split(/(?<=\n)\n(?=\u2014)/);
  const signature = Buffer.from(/^\u2014 \S+ (\S+)$/m.exec(signatures)?.[1] ?? '', 'base64').subarray(4);
  const key = Buffer.from(verifierKey.trim().split('+').slice(2).join('+'), 'base64').subarray(1);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  return { text, signature, pem: `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n` };
}
