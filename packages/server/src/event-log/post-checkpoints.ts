import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import { fetch, type Dispatcher } from 'undici';

const TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 600_000;

/** Brings checkpoints to somebody else's server. */
export interface CheckpointPoster extends AsyncDisposable {
  /** Posts the note; one that was not yet posted is dropped for it, because the newer covers it. */
  offer(note: string): void;
  /** Since when one waits to be posted; null when none does. */
  waitingSinceMs(): number | null;
}

interface Options {
  /** Each note is posted there as `text/plain`; any answer of 200 to 299 is good. Redirects are not followed. */
  readonly url: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers: Timers;
  /** For tests, whose servers have certificates of their own. */
  readonly dispatcher?: Dispatcher;
}

/** Tries until it works, later and later up to every ten minutes. */
export function startCheckpointPoster({ url, log, clock, timers, dispatcher }: Options): CheckpointPoster {
  const aborter = new AbortController();
  let newest: string | null = null;
  let since: number | null = null;
  let retryMs = FIRST_RETRY_MS;
  let running: Promise<void> | undefined;
  let cancelRetry: (() => void) | undefined;

  async function post(note: string): Promise<void> {
    const signal = AbortSignal.any([aborter.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const reply = await fetch(url, { method: 'POST', body: note, headers, signal, redirect: 'error', ...(dispatcher && { dispatcher }) });
    await reply.body?.cancel();
    if (!reply.ok) throw new Error(`the answer was ${reply.status}`);
  }

  async function run(): Promise<void> {
    for (let note = newest; note !== null && !aborter.signal.aborted; note = newest) {
      await post(note);
      retryMs = FIRST_RETRY_MS;
      const isNewest = newest === note;
      if (isNewest) newest = null;
      since = isNewest ? null : clock.nowMs();
    }
  }

  function start(): void {
    cancelRetry?.();
    cancelRetry = undefined;
    running ??= run()
      .catch((error: unknown) => {
        if (aborter.signal.aborted) return;
        log.warn({ err: error }, 'a checkpoint could not be posted; it is tried again');
        cancelRetry = timers.schedule(retryMs, start);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      })
      .finally(() => (running = undefined));
  }

  return {
    offer: (note) => {
      newest = note;
      since ??= clock.nowMs();
      if (cancelRetry === undefined) start();
    },
    waitingSinceMs: () => since,
    [Symbol.asyncDispose]: async () => {
      aborter.abort();
      cancelRetry?.();
      await running;
    },
  };
}
