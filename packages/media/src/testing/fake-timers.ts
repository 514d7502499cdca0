import type { Timers } from '../timers.ts';

/** Time that passes only when told. */
export interface FakeTimers extends Timers {
  advance(ms: number): void;
}

export function createFakeTimers(): FakeTimers {
  let nowMs = 0;
  const due = new Set<{ atMs: number; run: () => void }>();
  return {
    nowMs: () => nowMs,
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      due.add(timer);
      return () => void due.delete(timer);
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let next = earliest(due, endMs); next; next = earliest(due, endMs)) {
        due.delete(next);
        nowMs = next.atMs;
        next.run();
      }
      nowMs = endMs;
    },
  };
}

function earliest(due: Set<{ atMs: number; run: () => void }>, endMs: number) {
  return [...due].filter(({ atMs }) => atMs <= endMs).toSorted((a, b) => a.atMs - b.atMs)[0];
}
