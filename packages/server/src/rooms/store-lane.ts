import type { Background } from '@conclave/runtime/background';
import { createLane } from '@conclave/runtime/lane';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import { untilDone } from '../retry.ts';

/** What a session has to store and nobody waits for: one thing after the other, each tried until the database takes it. */
export interface StoreLane {
  /** Resolves when `task` is done, or when the process stops. `task` must be idempotent: `settle` may run it at the same time. */
  add(name: string, task: () => Promise<void>): Promise<void>;
  /** Runs now, once and in order, what is not done yet. @throws what the first that fails throws. */
  settle(): Promise<void>;
}

interface StoreLaneDeps {
  readonly timers: Timers;
  readonly background: Background;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export function createStoreLane({ timers, background, log, signal }: StoreLaneDeps): StoreLane {
  const lane = createLane();
  const outstanding = new Set<() => Promise<void>>();
  return {
    add: (name, task) => {
      outstanding.add(task);
      const onFailure = (error: unknown) => log.warn({ err: error, task: name }, 'will be tried again');
      const stored = lane.run(() => untilDone(task, { timers, signal, onFailure })).finally(() => outstanding.delete(task));
      background(stored);
      return stored;
    },
    settle: async () => {
      for (const task of outstanding) await task();
    },
  };
}
