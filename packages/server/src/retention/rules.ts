import { RETENTION_CLASSES, type RetentionClass } from '@conclave/protocol/rest/log';

export type Days = Record<RetentionClass, number>;

const DAY_MS = 86_400_000;
const DEFAULT_DAYS: Days = { session: 90, security: 365, administration: 730, chat: 30 };

/** For how long a team's events and messages are kept: as it chose, else as usual, and never shorter than the operator allows. */
export function effectiveDays(chosen: Partial<Record<RetentionClass, number | null>>, floors: Days): Days {
  const daysOf = (name: RetentionClass) => Math.max(floors[name], chosen[name] ?? DEFAULT_DAYS[name]);
  return { session: daysOf('session'), security: daysOf('security'), administration: daysOf('administration'), chat: daysOf('chat') };
}

/** What is wrong with a choice: the fields that are below their floor, with a text each; null when nothing is. */
export function belowFloor(chosen: Partial<Record<RetentionClass, number | undefined>>, floors: Days): Record<string, string[]> | null {
  const faults = RETENTION_CLASSES.filter((category) => (chosen[category] ?? Infinity) < floors[category]);
  if (faults.length === 0) return null;
  return Object.fromEntries(faults.map((category) => [`days.${category}`, [`must be at least ${floors[category]}`]]));
}

/** The moment before which events are past their days. */
export function cutoffOf(nowMs: number, days: number): Date {
  return new Date(nowMs - days * DAY_MS);
}

/** Seqs in ascending order as `0-12,15,20-21`. */
export function compactRanges(seqs: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const seq of seqs) {
    const open = ranges.at(-1);
    if (open?.last === seq - 1) open.last = seq;
    else ranges.push({ first: seq, last: seq });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** The first day (UTC) whose addresses stay readable: every address of the days before it has been so for `days` full days. */
export function firstReadableDay(nowMs: number, days: number): string {
  return dayOf(nowMs - days * DAY_MS);
}

/** The first month (UTC) of which some event may still be kept. */
export function firstKeptMonth(nowMs: number, days: number): string {
  return dayOf(nowMs - days * DAY_MS).slice(0, 7);
}

export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}
