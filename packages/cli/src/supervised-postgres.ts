import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@conclave/runtime/log';
import { startPostgres, type Postgres } from '@conclave/runtime/postgres';

/** An embedded PostgreSQL that is started again when it crashes. */
export interface SupervisedPostgres {
  /** The present one; its URL changes only if another program took its port meanwhile. */
  current(): Postgres;
  stop(): Promise<void>;
}

const BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;

/** Starts PostgreSQL, or takes over one that is running, and keeps it. `onMoved` tells of a new URL. */
export async function supervisePostgres(dataDir: string, log: Log, onMoved: () => void): Promise<SupervisedPostgres> {
  const stopping = new AbortController();
  const aborted = once(stopping.signal, 'abort');
  let current = await startPostgres({ dataDir, log });

  async function startAgain(): Promise<Postgres> {
    for (let backoffMs = BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      await delay(backoffMs, undefined, { signal: stopping.signal });
      try {
        return await startPostgres({ dataDir, log });
      } catch (error) {
        log.error({ err: error }, 'PostgreSQL could not be started again');
      }
    }
  }

  async function keepRunning(): Promise<void> {
    while (!stopping.signal.aborted) {
      await Promise.race([current.ended, aborted]);
      if (stopping.signal.aborted) return;
      log.warn({ againInMs: BACKOFF_MS }, 'PostgreSQL ended; it is started again');
      const before = current.url;
      current = await startAgain();
      log.info({ port: current.port }, 'PostgreSQL is back');
      if (current.url !== before) onMoved();
    }
  }

  const running = keepRunning().catch((error: unknown) => {
    if (!stopping.signal.aborted) log.error({ err: error }, 'PostgreSQL is no longer watched');
  });
  return {
    current: () => current,
    stop: async () => {
      stopping.abort();
      await running; // it may be just starting one again
      await current[Symbol.asyncDispose]();
    },
  };
}
