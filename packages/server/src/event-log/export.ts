import { AppError } from '@conclave/protocol/errors';
import type { Event } from '@conclave/protocol/events/event';
import type { Db } from '../db/connection.ts';
import type { PersonKeys, Revealed } from './person-keys.ts';

const PAGE = 1_000;

interface ExportOptions {
  /** The origin of the log's checkpoints. */
  readonly origin: string;
  /** How many entries; no more than there are. */
  readonly size: number;
  /** The first to export, 0 unless given. Only a whole export can be verified by itself. */
  readonly from?: number;
  /** Given, each line also has who is who in the clear. */
  readonly personKeys?: PersonKeys;
}

/**
 * The log as lines of JSON in the format `conclave-log/1` (docs/adr/0011), with the stored checkpoints in their
 * places. It reads a page at a time and stores nothing; what retention cuts meanwhile comes as cut.
 */
export async function* exportLog(db: Db, { origin, size, from = 0, personKeys }: ExportOptions): AsyncGenerator<string> {
  yield `${JSON.stringify({ format: 'conclave-log/1', origin, size, ...(from > 0 && { from }) })}\n`;
  for (let first = from; first < size; first += PAGE) {
    const end = Math.min(first + PAGE, size);
    const rows = await entriesOf(db, first, end);
    const notes = await checkpointsOf(db, first, end);
    const personal = personKeys ? await reveal(db, personKeys, rows) : null;
    yield rows.map((row, index) => lineOf(row, personal?.[index]) + (notes.get(Number(row.seq) + 1) ?? '')).join('');
  }
}

interface Row {
  readonly seq: string;
  readonly entry: string | null;
  readonly leaf_hash: Buffer;
}

function entriesOf(db: Db, first: number, end: number): Promise<Row[]> {
  const entries = db.selectFrom('event_log_entries').select(['seq', 'entry', 'leaf_hash']).where('seq', '>=', String(first));
  return entries.where('seq', '<', String(end)).orderBy('seq').execute();
}

/** Lines by the size that they are of, from more than `first` to `end`. */
async function checkpointsOf(db: Db, first: number, end: number): Promise<Map<number, string>> {
  const stored = db.selectFrom('event_log_checkpoints').select(['size', 'note']).where('size', '>', String(first));
  const rows = await stored.where('size', '<=', String(end)).execute();
  return new Map(rows.map(({ size, note }) => [Number(size), `${JSON.stringify({ checkpoint: note })}\n`]));
}

/** The entry stands as it was hashed, so the line is put together by hand. Only one that was changed can have a line break. */
function lineOf({ seq, entry, leaf_hash }: Row, personal: Revealed | undefined): string {
  const leaf = `"leaf":"${leaf_hash.toString('base64')}"`;
  if (entry === null) return `{"cut":${seq},${leaf}}\n`;
  return `{"entry":${entry.replaceAll('\n', ' ')},${leaf}${personal ? `,"personal":${visible(JSON.stringify(personal))}` : ''}}\n`;
}

/**
 * JSON in which what moves the cursor, turns the direction of writing or ends a line somewhere is written as an escape. It says the
 * same to who parses it, and is one line to who does not.
 */
export function visible(json: string): string {
  return json.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (letter) =>
    letter
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** Who is in each entry. What somebody has changed stays sealed. @throws AppError `unavailable` */
export async function reveal(db: Db, personKeys: PersonKeys, rows: readonly { readonly entry: string | null }[]): Promise<Revealed[]> {
  const sealed = rows.map(({ entry }) => sealedOf(entry));
  try {
    return await personKeys.reveal(db, sealed);
  } catch (error) {
    // A database that is away says nothing about the entries.
    if (error instanceof AppError) throw error;
    return Promise.all(sealed.map(async (each) => (await personKeys.reveal(db, [each]).catch(() => []))[0] ?? {}));
  }
}

function sealedOf(entry: string | null): Pick<Event, 'id' | 'personal'> {
  try {
    const event = JSON.parse(entry ?? '') as Partial<Event> | null;
    return { id: event?.id ?? '', personal: event?.personal ?? {} };
  } catch {
    return { id: '', personal: {} };
  }
}
