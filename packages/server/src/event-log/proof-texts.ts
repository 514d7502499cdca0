import type { Db } from '../db/connection.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { NoteSigner } from './signed-note.ts';
import { consistencyProof, inclusionProof } from './tree.ts';

type Key = Pick<NoteSigner, 'name' | 'verifierKey'>;

/**
 * The proof of an entry in the smallest checkpoint that covers it, as a C2SP tlog-proof (https://c2sp.org/tlog-proof). Its extra data is the
 * entry itself: the leaf hash is SHA-256 of 0x00 and those bytes. Null when there is no such entry or no checkpoint covers it yet.
 */
export async function proveEntry(db: Db, key: Key, seq: number): Promise<string | null> {
  const stored = db.selectFrom('event_log_entries').select(['entry']).where('seq', '=', String(seq));
  const row = await stored.executeTakeFirst();
  const covering = db.selectFrom('event_log_checkpoints').select('note').where('size', '>', String(seq)).orderBy('size').limit(1);
  const checkpoint = await covering.executeTakeFirst();
  const opened = checkpoint ? openCheckpoint(checkpoint.note, key) : null;
  if (!row || !checkpoint || !opened) return null;
  const path = await inclusionProof(db, seq, opened.size);
  // What retention has cut is proved by its hash, which whoever asks has from elsewhere.
  const extra = row.entry === null ? [] : [`extra ${Buffer.from(row.entry).toString('base64')}`];
  return ['c2sp.org/tlog-proof@v1', ...extra, `index ${seq}`, ...base64(path), '', checkpoint.note].join('\n');
}

/**
 * What proves that the checkpoint of `newSize` goes on from the one of `oldSize`, as the body of a C2SP witness request
 * (https://c2sp.org/tlog-witness): `old <size>`, the hashes, an empty line, the newer checkpoint. Null when there is no checkpoint
 * of `newSize`.
 * @throws RangeError when the older is the larger
 */
export async function proveConsistency(db: Db, oldSize: number, newSize: number): Promise<string | null> {
  const stored = db.selectFrom('event_log_checkpoints').select('note').where('size', '=', String(newSize));
  const checkpoint = await stored.executeTakeFirst();
  if (!checkpoint) return null;
  const path = await consistencyProof(db, oldSize, newSize);
  return [`old ${oldSize}`, ...base64(path), '', checkpoint.note].join('\n');
}

function base64(hashes: readonly Buffer[]): string[] {
  return hashes.map((each) => each.toString('base64'));
}
