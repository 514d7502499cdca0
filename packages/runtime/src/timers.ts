/** Where waiting comes from; tests pass their own. */
export interface Timers {
  /** Runs `run` once after `delayMs`, unless the returned function is called before. */
  schedule(delayMs: number, run: () => void): () => void;
}

/** The host's timers; they never keep the process alive. */
export const systemTimers: Timers = {
  schedule: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
