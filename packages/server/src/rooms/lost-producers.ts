import type { ProducerId, RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { MediaSource } from '@conclave/protocol/media-api/rtp';
import { sql } from 'kysely';
import type { Tx } from '../db/transaction.ts';
import { systemCause } from '../event-log/cause.ts';
import type { EventLog } from '../event-log/event-log.ts';

interface OpenProducer {
  id: ProducerId;
  team: TeamId;
  room: RoomId;
  session: SessionId;
  source: MediaSource;
}

/**
 * Writes `producer.closed` for what is open in the log and not at the media node: a node that dies cannot journal it. All that the node
 * has journalled so far must be written. Looks at sessions that run or ended within the hour; says nothing twice.
 */
export async function closeLostProducers(tx: Tx, eventLog: EventLog, present: readonly ProducerId[]): Promise<void> {
  const isPresent = new Set(present);
  for (const { id, source, team, room, session } of await findOpen(tx)) {
    if (isPresent.has(id)) continue;
    const target = { kind: 'producer', id } as const;
    const by = systemCause('media-journal');
    await eventLog.append(tx, { name: 'producer.closed', by, target, data: { producerId: id, source }, team, room, session });
  }
}

/** Events that have no place yet count, too. */
async function findOpen(tx: Tx): Promise<OpenProducer[]> {
  const { rows } = await sql<OpenProducer>`
    with recent as (
      select sessions.id, rooms.team_id from sessions join rooms on rooms.id = sessions.room_id
      where sessions.ended_at is null or sessions.ended_at > now() - interval '1 hour'
    ), opened as (
      select e.team_id, e.room_id, e.session_id, e.target_id, e.entry
      from recent join event_log_entries e on e.team_id = recent.team_id and e.session_id = recent.id and e.name = 'producer.opened'
      union all
      select p.team_id, p.room_id, p.session_id, p.target_id, '{' || p.before_seq || ',' || p.after_seq || '}'
      from recent join event_log_pending p on p.session_id = recent.id and p.name = 'producer.opened'
    )
    select target_id as id, team_id as team, room_id as room, session_id as session, entry::json #>> '{data,source}' as source
    from opened
    where not exists (
      select from event_log_entries e
      where e.team_id = opened.team_id and e.target_id = opened.target_id and e.name = 'producer.closed'
    ) and not exists (select from event_log_pending p where p.target_id = opened.target_id and p.name = 'producer.closed')`.execute(tx);
  return rows;
}
