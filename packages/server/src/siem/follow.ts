import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { createNews } from '../event-log/news.ts';
import type { PersonKeys } from '../event-log/person-keys.ts';
import type { Sequencer } from '../event-log/sequencer.ts';
import { pause } from '../retry.ts';
import { readRecords } from './record.ts';
import type { Sink } from './sink.ts';
import { findCursor, moveCursor, readRows } from './store.ts';

/** The most that may be unconfirmed, and so be sent again. */
const BATCH = 1_000;
/** Between two looks, so that a busy log is read in pages. */
const GATHER_MS = 100;
/** What another process sequenced is found by looking. */
const LOOK_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
/** How long an end of the server waits for a confirmation. */
const PARTING_MS = 2_000;

interface Following {
  readonly db: Db;
  readonly personKeys: PersonKeys;
  readonly sequencer: Pick<Sequencer, 'onSequenced'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Feeds a sink from its own cursor on, which moves when the sink has confirmed: every event in order and at least once, also over
 * crashes of either side. A sink that is away is tried again, later and later up to every minute, and holds up nobody else.
 */
export function followWithSink(following: Following, name: string, sink: Sink): AsyncDisposable {
  const { timers, log, sequencer } = following;
  const aborter = new AbortController();
  const { signal } = aborter;
  const news = createNews(timers, signal);
  const unfollow = sequencer.onSequenced(news.notify);
  let retryMs = FIRST_RETRY_MS;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await feed({ ...following, name, sink, news, signal, onConfirmed: () => (retryMs = FIRST_RETRY_MS) });
      } catch (error) {
        await sink.abandon().catch(() => undefined);
        if (signal.aborted) return;
        log.warn({ err: error, sink: name, retryMs }, 'events could not be exported; they are sent again');
        await pause(retryMs, timers, signal);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  const running = run();
  return {
    [Symbol.asyncDispose]: async () => {
      unfollow();
      aborter.abort();
      const cancel = timers.schedule(PARTING_MS, () => void sink.abandon().catch(() => undefined));
      await running;
      cancel();
      await sink.abandon().catch(() => undefined);
    },
  };
}

interface Feeding extends Following {
  readonly name: string;
  readonly sink: Sink;
  readonly news: ReturnType<typeof createNews>;
  readonly signal: AbortSignal;
  onConfirmed(): void;
}

/** Until the signal, or until anything fails: then what was not confirmed is read again. */
async function feed({ db, personKeys, clock, timers, name, sink, news, signal, onConfirmed }: Feeding): Promise<void> {
  let confirmed = await findCursor(db, name);
  let next = confirmed;
  let sentAtMs = 0;

  async function sendOn(): Promise<number> {
    const rows = await readRows(db, next, BATCH - (next - confirmed));
    if (next === confirmed) sentAtMs = clock.nowMs();
    await sink.send(await readRecords(db, personKeys, rows));
    next += rows.length;
    return rows.length;
  }

  async function confirm(): Promise<void> {
    await sink.confirm();
    await moveCursor(db, name, next, new Date(clock.nowMs()));
    confirmed = next;
    onConfirmed();
  }

  while (!signal.aborted) {
    const count = await sendOn();
    const dueMs = next === confirmed ? Infinity : sentAtMs + sink.confirmAfterMs - clock.nowMs();
    if (next - confirmed >= BATCH || dueMs <= 0) await confirm();
    else if (count === 0) {
      await news.wait(Math.min(LOOK_MS, dueMs));
      await pause(GATHER_MS, timers, signal);
    }
  }
  if (next > confirmed) await confirm();
}
