import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import { sql } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';
import { openCheckpoint, signCheckpoint } from './checkpoint.ts';
import type { CheckpointFiles, KeptCheckpoint } from './checkpoint-files.ts';
import { addLeaf, leafHash, rootOfPeaks, type Frontier } from './merkle.ts';
import type { NoteSigner } from './signed-note.ts';
import { frontierAt, LogInconsistent, rootAt } from './tree.ts';

const PAGE = 2_000;
/** Any number that no other advisory lock of ours has. */
const SIGNING_LOCK = 0x5167_0001;

/** A checkpoint that was signed, with what it is of. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
  readonly signedAtMs: number;
}

interface SigningDeps {
  readonly db: Db;
  readonly log: Log;
  readonly clock: Clock;
  readonly signer: NoteSigner;
  readonly files: CheckpointFiles;
}

/**
 * Signs the head of the log, if it grew, and stores the checkpoint: first outside the database, then in it. Before, it makes sure that
 * the log still has the root that was signed last, as the file outside says, and that what came since hashes to its hashes. Resolves
 * with the newest checkpoint, just signed or not; null when nothing was ever logged. One process at a time.
 * @throws LogInconsistent when the log is not what was signed: then nothing is signed
 */
export async function signHead(deps: SigningDeps): Promise<SignedCheckpoint | null> {
  // Not `inTransaction`: that runs its work again, and a file is not rolled back.
  return deps.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${SIGNING_LOCK})`.execute(tx);
    const last = await lastSigned(tx, deps);
    const { size: stored } = await tx.selectFrom('event_log_head').select('size').executeTakeFirstOrThrow();
    const size = Number(stored);
    const frontier = await checkLast(tx, last, size);
    // A process that was killed between the file and the row leaves the row to us.
    if (last) await store(tx, last);
    if (size === (last?.size ?? 0)) return last;
    const root = await checkSince(tx, frontier, size);
    const signedAtMs = deps.clock.nowMs();
    const note = signCheckpoint(deps.signer, { size, root });
    await deps.files.add({ signedAt: new Date(signedAtMs).toISOString(), checkpoint: note });
    const signed = { size, root, note, signedAtMs };
    await store(tx, signed);
    return signed;
  });
}

/** The newest checkpoint of the file, which is the truth; of the database where the file has none or an older one. */
async function lastSigned(tx: Tx, { signer, files, log }: SigningDeps): Promise<SignedCheckpoint | null> {
  const kept = await files.last();
  const ofFile = kept === null ? null : openKept(kept, signer);
  const row = await tx.selectFrom('event_log_checkpoints').selectAll().orderBy('size', 'desc').limit(1).executeTakeFirst();
  const ofRow = row ? openCheckpoint(row.note, signer) : null;
  if (!row || !ofRow || ofRow.size <= (ofFile?.size ?? 0)) return ofFile;
  log.warn({ size: ofRow.size }, 'the files of checkpoints are older than the database: going on from its newest checkpoint');
  return { size: ofRow.size, root: ofRow.root, note: row.note, signedAtMs: row.signed_at.getTime() };
}

/** @throws LogInconsistent unless this key signed it */
export function openKept(kept: KeptCheckpoint | 'unreadable', signer: NoteSigner): SignedCheckpoint {
  const opened = kept === 'unreadable' ? null : openCheckpoint(kept.checkpoint, signer);
  if (kept === 'unreadable' || opened === null)
    throw new LogInconsistent('the newest checkpoint in history.jsonl is not signed by this key');
  return { size: opened.size, root: opened.root, note: kept.checkpoint, signedAtMs: Date.parse(kept.signedAt) };
}

/** The frontier at the last checkpoint, whose root the stored hashes must still give. */
async function checkLast(tx: Tx, last: SignedCheckpoint | null, size: number): Promise<Frontier> {
  if (last === null) return { size: 0, peaks: [] };
  if (size < last.size) throw new LogInconsistent(`the log has ${size} entries, and ${last.size} were signed`);
  const frontier = await frontierAt(tx, last.size);
  if (!rootOfPeaks(frontier.peaks).equals(last.root))
    throw new LogInconsistent(`the first ${last.size} entries are not those that were signed`);
  return frontier;
}

/** Reads what came since and returns the root at `size`, computed from it and not from what is stored. */
async function checkSince(tx: Tx, frontier: Frontier, size: number): Promise<Buffer> {
  while (frontier.size < size) {
    const first = frontier.size;
    const page = tx.selectFrom('event_log_entries').select(['seq', 'entry', 'leaf_hash']).where('seq', '>=', String(first));
    const rows = await page.where('seq', '<', String(size)).orderBy('seq').limit(PAGE).execute();
    for (const row of rows) {
      if (Number(row.seq) !== frontier.size) break;
      checkEntry(frontier.size, row.entry, row.leaf_hash);
      addLeaf(frontier, row.leaf_hash);
    }
    if (frontier.size < Math.min(size, first + PAGE)) throw new LogInconsistent(`entry ${frontier.size} is missing`);
  }
  const root = rootOfPeaks(frontier.peaks);
  if (!root.equals(await rootAt(tx, size))) throw new LogInconsistent(`the stored hashes of the first ${size} entries do not fit them`);
  return root;
}

/** What retention has cut is not there to be hashed; whoever verifies an export asks for the event that says so. */
function checkEntry(seq: number, entry: string | null, hash: Buffer): void {
  if (entry === null) return;
  if (!leafHash(entry).equals(hash)) throw new LogInconsistent(`entry ${seq} is not what was hashed`);
  if (seqIn(entry) !== seq) throw new LogInconsistent(`entry ${seq} is another one`);
}

function seqIn(entry: string): unknown {
  try {
    return (JSON.parse(entry) as { seq?: unknown } | null)?.seq;
  } catch {
    return undefined;
  }
}

async function store(tx: Tx, { size, root, note, signedAtMs }: SignedCheckpoint): Promise<void> {
  const row = { root, note, signed_at: new Date(signedAtMs) };
  await tx
    .insertInto('event_log_checkpoints')
    .values({ size, ...row })
    .onConflict((conflict) => conflict.column('size').doUpdateSet(row))
    .execute();
}
