import type { Event } from '@conclave/protocol/events/event';
import type { EventMatch } from '@conclave/protocol/rest/log';

/** `alert.raised` names so many events at most, the newest. */
const NAMED_SEQS = 20;

/** One event that a rule counts; `count` is how many refusals it stands for. */
export interface Hit {
  readonly atMs: number;
  readonly count: number;
  readonly seq: number;
}

/** What is remembered of one group of a rule, such as a network. */
export interface Window {
  /** In the order of the log; none older than the rule's time, none that an alert has counted. */
  readonly hits: readonly Hit[];
  /** The newest alert of the group. */
  readonly alert: { readonly isOpen: boolean; readonly lastAtMs: number } | null;
}

/** What a hit leads to: nothing yet, a new alert, or one more for the alert that there is. */
export type Verdict =
  | { readonly kind: 'wait' }
  | { readonly kind: 'raise'; readonly count: number; readonly seqs: readonly number[] }
  | { readonly kind: 'add'; readonly count: number; readonly seq: number };

/** Whether an event is one that the rule looks for. */
export function matches(match: EventMatch, event: Pick<Event, 'name' | 'result' | 'data'>): boolean {
  const { name, results, door, verb, reason } = match;
  return (
    event.name === name &&
    (results?.includes(event.result) ?? true) &&
    (door === undefined || event.data['door'] === door) &&
    (verb === undefined || event.data['verb'] === verb) &&
    (reason === undefined || event.data['reason'] === reason)
  );
}

/**
 * Counts a hit: an alert is raised when those of the last `withinMs` are `count` or more. While that alert is open and the newest of
 * what it counts is not older than `withinMs`, further hits belong to it.
 */
export function decideCount(window: Window, hit: Hit, rule: { count: number; withinMs: number }): { window: Window; verdict: Verdict } {
  const { alert } = window;
  if (alert?.isOpen && hit.atMs - alert.lastAtMs < rule.withinMs) {
    const lastAtMs = Math.max(alert.lastAtMs, hit.atMs);
    return { window: { hits: [], alert: { isOpen: true, lastAtMs } }, verdict: { kind: 'add', count: hit.count, seq: hit.seq } };
  }
  const newestMs = Math.max(hit.atMs, ...window.hits.map((earlier) => earlier.atMs));
  const hits = [...window.hits, hit].filter((counted) => newestMs - counted.atMs < rule.withinMs);
  const count = hits.reduce((sum, counted) => sum + counted.count, 0);
  if (count < rule.count) return { window: { hits, alert }, verdict: { kind: 'wait' } };
  const seqs = hits.map((counted) => counted.seq).slice(-NAMED_SEQS);
  return { window: { hits: [], alert: { isOpen: true, lastAtMs: newestMs } }, verdict: { kind: 'raise', count, seqs } };
}

/** What is known of a member's networks when they sign in. */
export interface KnownNetwork {
  /** Whether there was any sign-in of this member before, from wherever. */
  readonly hasSignedIn: boolean;
  /** When they were last seen in this network; null for never. */
  readonly seenAtMs: number | null;
}

/** Whether a sign-in comes from a network that the member was not seen in; their first sign-in of all comes from nowhere else. */
export function isNewNetwork({ hasSignedIn, seenAtMs }: KnownNetwork, atMs: number, forgottenAfterDays: number): boolean {
  if (!hasSignedIn) return false;
  return seenAtMs === null || atMs - seenAtMs > forgottenAfterDays * 86_400_000;
}

/**
 * Whether an entry has waited too long for a checkpoint.
 * @param waitingSinceMs when the oldest entry without a checkpoint was written; null when all have one.
 * @param startedAtMs when this server began: before, nobody was there to sign.
 */
export function isLate(
  { waitingSinceMs, startedAtMs, nowMs }: { waitingSinceMs: number | null; startedAtMs: number; nowMs: number },
  afterS: number,
): boolean {
  return waitingSinceMs !== null && nowMs - Math.max(waitingSinceMs, startedAtMs) > afterS * 1_000;
}
