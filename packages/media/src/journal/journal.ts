import { randomUUID } from 'node:crypto';
import { AppError } from '@conclave/protocol/errors';
import type { JournalEntry, JournalLine } from '@conclave/protocol/media-api/internal';
import type { Clock } from '@conclave/runtime/clock';
import type { Timers } from '@conclave/runtime/timers';
import { createRefusalCounts, type Refusal } from './refusal-counts.ts';

/** At some 300 bytes each this is 15 MB; a server that is away for hours must not cost more. */
const MOST_ENTRIES = 50_000;
/** What is left is for what participants do: a flood of refusals must not take its place. */
const MOST_REFUSALS = 40_000;

/** The members are taken from each kind of entry by itself, so that they stay a union. */
type WithoutStamp<E> = E extends JournalEntry ? Omit<E, 'entryId' | 'atMs'> : never;
type Done = WithoutStamp<Exclude<JournalEntry, { kind: 'refused' }>>;

/** What must become an event, in order, in memory until the server has stored it. Writing to it never waits. */
export interface Journal {
  record(done: Done): void;
  /** Notes a refusal; many equal ones become one entry with their count. */
  refuse(refusal: Refusal): void;
  /** @throws AppError `unavailable` when nothing more can be recorded: then nothing more may be begun. */
  assertRoom(): void;
  /** At most `limit` lines, in order, those after the place `n`; places begin at 1. */
  linesAfter(n: number, limit: number): readonly JournalLine[];
  /** Forgets the lines up to and with `upTo`. */
  acknowledge(upTo: number): void;
  /** The place of the last line that was acknowledged, 0 before the first. */
  acknowledged(): number;
  /** Lines that are not acknowledged. */
  size(): number;
  /** Writes down what is still being counted. */
  flush(): void;
  /** Called when there are new lines, until the returned function is called. */
  onAppended(listener: () => void): () => void;
}

interface JournalOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly mostEntries?: number;
  readonly mostRefusals?: number;
}

export function createJournal(options: JournalOptions): Journal {
  const { clock, timers, mostEntries = MOST_ENTRIES, mostRefusals = MOST_REFUSALS } = options;
  const lines: JournalLine[] = [];
  const listeners = new Set<() => void>();
  let acknowledged = 0;

  function append(entry: JournalEntry): void {
    lines.push({ type: 'journal.entry', n: acknowledged + lines.length + 1, entry });
    for (const listener of listeners) listener();
  }

  const stamp = () => ({ entryId: randomUUID(), atMs: clock.nowMs() });
  const refusals = createRefusalCounts({
    timers,
    hasRoom: () => lines.length < mostRefusals,
    write: (refusal, count) => append({ kind: 'refused', ...stamp(), ...refusal, count }),
  });

  return {
    record: (done) => append({ ...stamp(), ...done }),
    refuse: refusals.note,
    assertRoom: () => {
      if (lines.length >= mostEntries) throw new AppError('unavailable');
    },
    linesAfter: (n, limit) => {
      const from = Math.max(0, n - acknowledged);
      return lines.slice(from, from + limit);
    },
    acknowledge: (upTo) => {
      const count = Math.min(upTo - acknowledged, lines.length);
      if (count <= 0) return;
      lines.splice(0, count);
      acknowledged += count;
    },
    acknowledged: () => acknowledged,
    size: () => lines.length,
    flush: refusals.flush,
    onAppended: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
