import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import { sql } from 'kysely';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import { storeSubtrees } from './subtrees.ts';

/** How long events gather before they are sequenced together. */
const GATHER_MS = 20;
/** How often it is looked for events of other processes, such as `conclave key create`, and after a failure. */
const LOOK_MS = 500;
const BATCH = 2_000;

/** Gives committed events their place in the log. Several processes may run one each: a lock makes one order. */
export interface Sequencer extends AsyncDisposable {
  /** There is or will soon be something to sequence. It looks for nothing before this was called once: the schema must be there. */
  wake(): void;
  /** Calls `listener` with the new size of the log whenever it has grown, until the returned function is called. */
  onSequenced(listener: (size: number) => void): () => void;
}

interface SequencerDeps {
  readonly db: Db;
  readonly log: Log;
  readonly timers: Timers;
}

export function startSequencer({ db, log, timers }: SequencerDeps): Sequencer {
  const listeners = new Set<(size: number) => void>();
  let running: Promise<void> | undefined;
  let cancel = (): void => undefined;
  let stopped = false;
  let awake = false;
  let toldSize = 0;

  const hasStopped = () => stopped;

  async function run(): Promise<void> {
    let more = awake;
    awake = false;
    if (!more) {
      const found = await look(db);
      tellAll(found.size);
      more = found.waiting;
    }
    while (more && !hasStopped()) {
      const { count, size } = await sequenceBatch(db, BATCH);
      more = count === BATCH;
      tellAll(size);
    }
  }

  /** Whoever sequenced it, another process too: the log has grown. */
  function tellAll(size: number): void {
    if (size === toldSize) return;
    toldSize = size;
    for (const listener of listeners) tell(listener, size);
  }

  function tell(listener: (size: number) => void, size: number): void {
    try {
      listener(size);
    } catch (error) {
      log.error({ err: error }, 'a follower of the event log failed');
    }
  }

  function schedule(delayMs: number): void {
    cancel();
    if (!stopped) cancel = timers.schedule(delayMs, start);
  }

  function start(): void {
    running ??= run()
      .catch((error: unknown) => log.warn({ err: error }, 'events wait to be sequenced'))
      .finally(() => {
        running = undefined;
        schedule(awake ? GATHER_MS : LOOK_MS);
      });
  }

  return {
    wake: () => {
      if (awake) return;
      awake = true;
      if (!running) schedule(GATHER_MS);
    },
    onSequenced: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      cancel();
      await running;
    },
  };
}

/** Without a lock and without writing: most looks find nothing. */
async function look(db: Db): Promise<{ waiting: boolean; size: number }> {
  const { rows } = await sql<{ waiting: boolean; size: string }>`
    select exists (select from event_log_pending) as waiting, size from event_log_head`.execute(db);
  return { waiting: rows[0]?.waiting ?? false, size: Number(rows[0]?.size ?? 0) };
}

/** Moves up to `limit` committed events into the log and says how many it moved and how many the log has now. */
export function sequenceBatch(db: Db, limit: number): Promise<{ count: number; size: number }> {
  return inTransaction(db, async (tx) => {
    const head = await tx.selectFrom('event_log_head').select('size').forUpdate().executeTakeFirstOrThrow();
    const before = Number(head.size);
    const { rows } = await moved(before, limit).execute(tx);
    const [{ taken, added } = { taken: 0, added: 0 }] = rows;
    const size = before + added;
    if (added > 0) await storeSubtrees(tx, before, size);
    return { count: taken, size };
  });
}

/** One statement, so that thousands of events cost one round trip. An id that the log has already is dropped. */
function moved(size: number, limit: number) {
  return sql<{ taken: number; added: number }>`
    with taken as (
      delete from event_log_pending where position in (select position from event_log_pending order by position limit ${limit})
      returning *
    ), fresh as (
      select taken.*, ${size}::bigint - 1 + row_number() over (order by position) as seq
      from taken where not exists (select from event_log_entries where event_log_entries.id = taken.id)
    ), written as (
      select *, '{' || before_seq || ',"seq":' || seq || ',' || after_seq || '}' as entry from fresh
    ), added as (
      insert into event_log_entries
        (seq, id, at, category, name, actor_kind, actor_id, team_id, room_id, session_id, target_id, result, entry, leaf_hash)
      select seq, id, at, category, name, actor_kind, actor_id, team_id, room_id, session_id, target_id, result, entry,
        sha256('\\x00'::bytea || convert_to(entry, 'UTF8'))
      from written
      returning 1
    ), grown as (
      update event_log_head set size = ${size}::bigint + (select count(*) from added) where exists (select from added)
    )
    select (select count(*)::int from taken) as taken, (select count(*)::int from added) as added`;
}
