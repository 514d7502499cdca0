import { systemClock, type Clock } from '@conclave/runtime/clock';

/** Time as the media node uses it; tests pass their own. */
export interface Timers extends Clock {
  /** Runs once after the delay; the returned function cancels. Never keeps the process alive. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemTimers: Timers = {
  nowMs: () => systemClock.nowMs(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
