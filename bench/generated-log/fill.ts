import { sql } from 'kysely';
import type { Db } from '@conclave/server/db/connection';
import { canonicalJson, type Json } from '@conclave/server/event-log/canonical-json';
import { categoryOf, KINDS } from './kinds.ts';

export const TEAMS = 20;
export const ROOMS = 2_000;
/** About a hundred events each, fifty at a time. */
export const EVENTS_PER_SESSION = 100;
const AT_A_TIME = 50;
const BATCH = 100_000;

/** The same id for the same number, so that a search can name what is in the log. */
export const generatedId = (kind: string, number: number) => sql<string>`generated_id(${kind}, ${number})`;

/** Functions that draw the same for the same number, and 10,000 slots that hold each kind as often as it happens. */
export async function prepareFill(db: Db): Promise<void> {
  await sql`create function draw(i bigint, k bigint) returns float8 immutable language sql return
    (hashint8extended(i, k) & 16777215) / 16777216.0`.execute(db);
  await sql`create function generated_id(kind text, i bigint) returns text immutable language sql return
    overlay(overlay(md5(kind || i)::uuid::text placing '4' from 15 for 1) placing '8' from 20 for 1)`.execute(db);
  await sql`create table kinds (slot int primary key, name text, category text, actor text, place text, target text, result text, data text)`.execute(
    db,
  );
  let slot = 0;
  for (const { share, name, actor, place, target, result, data } of KINDS) {
    const stored = canonicalJson(data as Json); // the table of kinds holds JSON and nothing else
    await sql`insert into kinds select slot, ${name}, ${categoryOf(name)}, ${actor}, ${place}, ${target}, ${result}, ${stored}
      from generate_series(${slot}::int, ${slot + share - 1}::int) as slot`.execute(db);
    slot += share;
  }
  if (slot !== 10_000) throw new Error(`the shares of the kinds add up to ${slot}`);
}

/** Writes the entries `first` to `end - 1` as the sequencer would have, without their subtrees, and tells how far it is. */
export async function fillEntries(db: Db, first: number, end: number, days: number, onProgress: (at: number) => void): Promise<void> {
  for (let from = first; from < end; from += BATCH) {
    const to = Math.min(end, from + BATCH);
    await entries(db, from, to, (days * 86_400_000) / end);
    onProgress(to);
  }
  await sql`update event_log_head set size = ${end}`.execute(db);
}

// Each "offset 0" keeps the planner from computing a value anew wherever it is used.
/** Rooms differ much in how much happens in them, and so do teams: the first of twenty has a fifth of all. */
async function entries(db: Db, from: number, to: number, stepMs: number): Promise<void> {
  await sql`
    insert into event_log_entries
      (seq, id, at, category, name, actor_kind, actor_id, team_id, room_id, session_id, target_id, result, entry, leaf_hash)
    select seq, id::uuid, at, category, name, actor, actor_id, team_id::uuid, room_id::uuid, session_id::uuid, target_id, result, entry,
      sha256('\\x00'::bytea || convert_to(entry, 'UTF8'))
    from generate_series(${from}::bigint, ${to - 1}::bigint) as seq
    cross join lateral (select seq / ${AT_A_TIME * EVENTS_PER_SESSION} * ${AT_A_TIME} + floor(draw(seq, 3) * ${AT_A_TIME})::bigint as session offset 0) as of_session
    cross join lateral (select floor(${ROOMS} * power(draw(session, 4), 2))::bigint as room offset 0) as of_room
    join kinds on kinds.slot = floor(draw(seq, 1) * 10000)::int
    cross join lateral (
      select generated_id('event', seq) as id,
        timestamptz '2026-01-01' + (seq * ${stepMs}::float8 + draw(seq, 2) * 4000) * interval '1 millisecond' as at,
        case when place <> 'installation' then generated_id('team', room * ${TEAMS} / ${ROOMS}) end as team_id,
        case when place in ('session', 'room') then generated_id('room', room) end as room_id,
        case when place = 'session' then generated_id('session', session) end as session_id,
        case actor when 'participant' then generated_id('participant', session * 10 + floor(draw(seq, 5) * 10)::bigint)
          when 'key' then generated_id('key', room * ${TEAMS} / ${ROOMS} * 2 + floor(draw(seq, 5) * 1.1)::bigint)
          when 'member' then generated_id('member', room * ${TEAMS} / ${ROOMS} * 5 + floor(draw(seq, 5) * 5)::bigint)
          when 'system' then 'rooms' end as actor_id,
        case target when 'participant' then generated_id('participant', session * 10 + floor(draw(seq, 6) * 10)::bigint)
          when 'room' then generated_id('room', room) when 'key' then generated_id('key', room * ${TEAMS} / ${ROOMS} * 2) end as target_id
      offset 0
    ) as ids
    cross join lateral (select ${entryText()} as entry offset 0) as texts
    order by seq`.execute(db);
}

/** Members in the order of RFC 8785, personal fields as long as real ones. */
function entryText() {
  const sealed = (field: string, length: number) =>
    sql`'"${sql.raw(field)}":{"key":"' || generated_id('person', session) || '","sealed":"' || repeat(substr(md5(seq::text), 1, 16), ${length / 16}) || '"}'`;
  const quoted = (column: string) => sql`coalesce('"' || ${sql.ref(column)} || '"', 'null')`;
  return sql`'{"actor":{"authenticatedBy":"' || case actor when 'key' then 'developer-key' when 'member' then 'cookie' when 'system' then 'process'
      when 'visitor' then 'none' else 'resume-token' end || '","id":' || ${quoted('actor_id')} || ',"kind":"' || actor || '"},"category":"' || category
    || '","data":' || data || ',"id":"' || id || '","name":"' || name || '","personal":{'
    || case when actor = 'system' then '' else ${sealed('address', 48)} || ',' || ${sealed('name', 48)} || ',' || ${sealed('network', 64)} end
    || '},"result":"' || result || '","room":' || ${quoted('room_id')} || ',"seq":' || seq || ',"session":' || ${quoted('session_id')}
    || ',"target":' || case when target is null then 'null' else '{"id":"' || target_id || '","kind":"' || target || '"}' end
    || ',"team":' || ${quoted('team_id')} || ',"time":"' || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","v":1}'`;
}
