import type { Timers } from '@conclave/runtime/timers';

/** For who follows the log: remembers that something happened until they wait for it. Nothing is waited for after `signal`. */
export function createNews(timers: Timers, signal: AbortSignal) {
  let happened = false;
  let wake = (): void => undefined;
  const notify = () => {
    happened = true;
    wake();
  };
  signal.addEventListener('abort', notify, { once: true });
  return {
    notify,
    /** Until the next news, at most so long. */
    wait: async (longestMs: number): Promise<void> => {
      if (!happened) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const cancel = timers.schedule(longestMs, resolve);
        await promise;
        cancel();
      }
      happened = signal.aborted;
    },
  };
}
