import { Event } from '@conclave/protocol/events/event';
import type { Db } from '../db/connection.ts';
import { reveal, visible } from '../event-log/export.ts';
import type { PersonKeys, Revealed } from '../event-log/person-keys.ts';
import type { Row } from './store.ts';

/** An event as it goes to somebody else's system: with who is in it, where that can be read. */
export type ReadableEvent = Omit<Event, 'v' | 'personal'> & { readonly personal: Revealed };

/** `event` is null for an entry that somebody has changed in the database so that it is no event; it must not hold up the others. */
export interface SinkRecord {
  readonly seq: number;
  readonly event: ReadableEvent | null;
  /** As it stands in the log. */
  readonly entry: string;
}

/** What the rows have to tell. Of those that retention has cut there is nothing to tell. @throws AppError `unavailable` */
export async function readRecords(db: Db, personKeys: PersonKeys, rows: readonly Row[]): Promise<SinkRecord[]> {
  const kept = rows.flatMap(({ seq, entry }) => (entry === null ? [] : [{ seq: Number(seq), entry }]));
  const personal = await reveal(db, personKeys, kept);
  return kept.map(({ seq, entry }, index) => ({ seq, entry, event: readableEvent(entry, personal[index] ?? {}) }));
}

function readableEvent(entry: string, personal: Revealed): ReadableEvent | null {
  try {
    const { v: _version, ...event } = Event.parse(JSON.parse(entry));
    return { ...event, personal };
  } catch {
    return null;
  }
}

/** One line of JSON without its end, whatever anybody called themselves. */
export function lineOf({ seq, event, entry }: SinkRecord): string {
  return visible(JSON.stringify(event ?? { seq, unreadable: entry }));
}

const LENGTHS = [1_000, 250, 60];

/** The same in at most so many octets: long texts end in `…`, and `shortened` says so. The log has them whole. */
export function shortLineOf(record: SinkRecord, maxBytes: number): string {
  const whole = lineOf(record);
  if (Buffer.byteLength(whole) <= maxBytes) return whole;
  const { seq, event, entry } = record;
  for (const letters of LENGTHS) {
    const body = shortened(event ?? { seq, unreadable: entry }, letters) as object; // an object goes in, so one comes out
    const line = visible(JSON.stringify({ ...body, shortened: true }));
    if (Buffer.byteLength(line) <= maxBytes) return line;
  }
  return visible(JSON.stringify({ seq, ...(event && { id: event.id, name: event.name }), shortened: true }));
}

function shortened(value: unknown, letters: number): unknown {
  if (typeof value === 'string') return value.length <= letters ? value : `${value.slice(0, letters).toWellFormed()}…`;
  if (Array.isArray(value)) return value.map((each) => shortened(each, letters));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shortened(each, letters)]));
}
