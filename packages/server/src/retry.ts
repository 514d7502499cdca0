import type { Timers } from '@conclave/runtime/timers';

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;

/**
 * Runs `task` until it succeeds or `signal` says that it does not matter any more, waiting longer after each failure
 * (200 ms doubled up to 5 s). Failures go to `onFailure` and are not thrown. Resolves with undefined when aborted.
 */
export async function untilDone<T>(
  task: () => Promise<T>,
  options: { timers: Timers; signal: AbortSignal; onFailure: (error: unknown) => void },
): Promise<T | undefined> {
  const { timers, signal, onFailure } = options;
  for (let delayMs = FIRST_DELAY_MS; !signal.aborted; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    try {
      return await task();
    } catch (error) {
      onFailure(error);
    }
    await pause(delayMs, timers, signal);
  }
  return undefined;
}

/** Resolves after `delayMs` or as soon as `signal` aborts. */
export function pause(delayMs: number, timers: Timers, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const onAbort = () => {
      cancel();
      resolve();
    };
    const cancel = timers.schedule(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
