import type { Clock } from '../clock.ts';
import type { Timers } from '../timers.ts';

/** A clock with timers that stand still until they are told to go on. */
export interface ManualTime extends Clock, Timers {
  /** Lets time pass; what falls due runs in its order. */
  advance(byMs: number): void;
}

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that begins now and passes only by `advance`. */
export function createManualTime(startMs: number = Date.now()): ManualTime {
  let nowMs = startMs;
  const waiting = new Set<Due>();
  const next = (untilMs: number) => [...waiting].filter((due) => due.atMs <= untilMs).toSorted((one, other) => one.atMs - other.atMs)[0];
  return {
    nowMs: () => nowMs,
    schedule: (delayMs, run) => {
      const due: Due = { atMs: nowMs + delayMs, run };
      waiting.add(due);
      return () => waiting.delete(due);
    },
    advance: (byMs) => {
      const untilMs = nowMs + byMs;
      for (let due = next(untilMs); due; due = next(untilMs)) {
        waiting.delete(due);
        nowMs = due.atMs;
        due.run();
      }
      nowMs = untilMs;
    },
  };
}
