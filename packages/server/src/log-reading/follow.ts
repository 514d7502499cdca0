import { AppError } from '@conclave/protocol/errors';
import type { EventView, LogFilter } from '@conclave/protocol/rest/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { createNews } from '../event-log/news.ts';
import type { PersonKeys } from '../event-log/person-keys.ts';
import type { Sequencer } from '../event-log/sequencer.ts';
import { pause } from '../retry.ts';
import { presentEvents } from './present.ts';
import { findPage, logSize, type LogScope } from './store.ts';

const PAGE = 200;
/** Between two looks of one reader; a busy log is read in pages, not event by event. */
const GATHER_MS = 250;
/** What another process sequenced is found by looking. */
const LOOK_MS = 2_000;

interface Following {
  readonly db: Db;
  readonly personKeys: PersonKeys;
  readonly sequencer: Pick<Sequencer, 'onSequenced'>;
  readonly timers: Timers;
}

interface Subscription {
  readonly scope: LogScope;
  readonly filter: LogFilter;
  /** The first seq that may be told. */
  readonly from: number;
  /** Resolves when the next event may be told. */
  tell(event: EventView): Promise<void>;
  readonly signal: AbortSignal;
}

/** Tells each event that fits, once and in order of seq, from `from` on, until the signal; waits for a database that is away. */
export async function followEvents({ db, personKeys, sequencer, timers }: Following, subscription: Subscription): Promise<void> {
  const { scope, filter, tell, signal } = subscription;
  const news = createNews(timers, signal);
  const unfollow = sequencer.onSequenced(news.notify);
  let next = subscription.from;

  /** Everything below the size is committed, so a page that is not full means that there is nothing more below it. */
  async function readOn(): Promise<void> {
    const size = await logSize(db);
    while (next < size && !signal.aborted) {
      const entries = await findPage(db, scope, filter, { order: 'oldest', cursor: next - 1, size, limit: PAGE });
      for (const event of await presentEvents({ db, personKeys }, entries)) {
        if (signal.aborted) return;
        await tell(event);
        next = event.seq + 1;
      }
      if (entries.length < PAGE) next = size;
    }
  }

  try {
    while (!signal.aborted) {
      await readOn().catch((error: unknown) => {
        if (!(error instanceof AppError && error.code === 'unavailable')) throw error;
      });
      await pause(GATHER_MS, timers, signal);
      await news.wait(LOOK_MS);
    }
  } finally {
    unfollow();
  }
}
