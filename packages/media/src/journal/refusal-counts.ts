import type { JournalEntry } from '@conclave/protocol/media-api/internal';
import type { Timers } from '@conclave/runtime/timers';

const WINDOW_MS = 10_000;
/** Equal refusals of one window that are told one by one. */
const TOLD_SINGLY = 10;
/** Callers that are told apart in one window; further ones are counted together, by verb and code alone. */
const MOST_CALLERS = 10_000;

/** What was refused, to whom, and why. */
export type Refusal = Omit<Extract<JournalEntry, { kind: 'refused' }>, 'kind' | 'entryId' | 'atMs' | 'count'>;

/** Keeps a flood of refusals small without losing one from the count. */
export interface RefusalCounts {
  note(refusal: Refusal): void;
  /** Ends the window at once and writes every count, room or not. */
  flush(): void;
}

interface Options {
  readonly timers: Timers;
  /** While there is none, refusals are counted and nothing is written. */
  hasRoom(): boolean;
  write(refusal: Refusal, count: number): void;
}

interface Counted {
  readonly refusal: Refusal;
  told: number;
  more: number;
}

/** Of equal refusals in 10 s the first ten are written at once, the others as one with their count when the 10 s are over. */
export function createRefusalCounts({ timers, hasRoom, write }: Options): RefusalCounts {
  let counts = new Map<string, Counted>();
  let cancel: (() => void) | undefined;

  function counted(refusal: Refusal): Counted {
    const known = counts.get(keyOf(refusal));
    if (known) return known;
    if (counts.size < MOST_CALLERS) return remember(refusal);
    const anybody = { ...refusal, sessionId: null, participantId: null, address: null };
    return counts.get(keyOf(anybody)) ?? remember(anybody);
  }

  function remember(refusal: Refusal): Counted {
    const fresh = { refusal, told: 0, more: 0 };
    counts.set(keyOf(refusal), fresh);
    return fresh;
  }

  function endWindow(): void {
    cancel = undefined;
    const before = counts;
    counts = new Map();
    for (const [key, entry] of before) {
      if (entry.more > 0 && !hasRoom()) counts.set(key, entry);
      else if (entry.more > 0) write(entry.refusal, entry.more);
    }
    if (counts.size > 0) cancel = timers.schedule(WINDOW_MS, endWindow);
  }

  return {
    note: (refusal) => {
      cancel ??= timers.schedule(WINDOW_MS, endWindow);
      const entry = counted(refusal);
      if (entry.told < TOLD_SINGLY && entry.more === 0 && hasRoom()) {
        entry.told += 1;
        write(entry.refusal, 1);
      } else entry.more += 1;
    },
    flush: () => {
      cancel?.();
      cancel = undefined;
      for (const { refusal, more } of counts.values()) if (more > 0) write(refusal, more);
      counts.clear();
    },
  };
}

function keyOf({ participantId, address, verb, code }: Refusal): string {
  return `${participantId ?? ''} ${address ?? ''} ${verb} ${code}`;
}
