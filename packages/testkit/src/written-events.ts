import type { Event } from '@conclave/protocol/events/event';
import type { Db } from '@conclave/server/db/connection';
import { sql } from 'kysely';

/** An event that may not have its place yet. */
export type WrittenEvent = Omit<Event, 'seq'>;

/**
 * Every event that was committed, in the order of the log: those that have their place and those that wait for it. The sequencer
 * moves them at any moment; one statement sees each of them once, on either side.
 */
export async function writtenEvents(db: Db): Promise<WrittenEvent[]> {
  const { rows } = await sql<{ event: WrittenEvent }>`
    select event::json from (
      select 0 as part, seq as place, entry as event from event_log_entries where entry is not null
      union all
      select 1, position, '{' || before_seq || ',' || after_seq || '}' from event_log_pending
      where not exists (select from event_log_entries where event_log_entries.id = event_log_pending.id)
    ) as written order by part, place`.execute(db);
  return rows.map(({ event }) => event);
}
