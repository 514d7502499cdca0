import type { Db } from '@conclave/server/db/connection';
import { sequenceBatch } from '@conclave/server/event-log/sequencer';
import { sql } from 'kysely';

const COUNT = 40_000;
const BATCH = 2_000;

/** How fast committed events get their place in a log of this size, with all its indexes; the time for writing them first is not in it. */
export async function measureSequencing(db: Db): Promise<{ events: number; eventsPerS: number }> {
  // Events like the newest, each with an id of its own.
  await sql`
    insert into event_log_pending (id, at, category, name, actor_kind, actor_id, team_id, room_id, session_id, target_id, result, before_seq, after_seq)
    select gen_random_uuid(), at, category, name, actor_kind, actor_id, team_id, room_id, session_id, target_id, result,
      substr(split_part(entry, ',"seq":', 1), 2), 'v' || '":1'
    from event_log_entries where seq >= (select size from event_log_head) - ${COUNT} order by seq`.execute(db);
  const startedMs = performance.now();
  let moved = 0;
  for (let count = BATCH; count === BATCH; moved += count) ({ count } = await sequenceBatch(db, BATCH));
  return { events: moved, eventsPerS: Math.round(moved / ((performance.now() - startedMs) / 1000)) };
}
