import type { SessionId, TeamId } from '@conclave/protocol/ids';
import type { LogFilter } from '@conclave/protocol/rest/log';
import { sql, type RawBuilder } from 'kysely';
import type { Db } from '../db/connection.ts';
import { foundBy, namesMatching, type Found } from './rules.ts';

/** Whose events are read: those of a team and, for that of the plain host, those of the installation, which have no team. */
export interface LogScope {
  readonly team: TeamId;
  readonly installation: boolean;
}

export interface Entry {
  readonly seq: number;
  /** Canonical JSON, as it was hashed. */
  readonly entry: string;
  readonly leafHash: Buffer;
}

export interface PageRequest {
  readonly order: 'newest' | 'oldest';
  /** Only events after it, in `order`. */
  readonly cursor?: number | undefined;
  /** Only events of a log of this size. */
  readonly size?: number;
  readonly limit: number;
}

/** How far the order of times may differ from that of seqs: a slow transaction takes seconds, a clock that is put right rarely an hour. */
const DISORDER_MS = 3_600_000;

type Condition = RawBuilder<unknown>;
const every = (conditions: readonly Condition[]) => sql.join(conditions, sql` and `);

/** A page of events in order of seq. The cost grows with `limit`, not with the log or with how rare the combination is. */
export async function findPage(db: Db, scope: LogScope, filter: LogFilter, page: PageRequest): Promise<Entry[]> {
  const names = namesMatching(filter);
  if (names.length === 0) return [];
  const bounds = await seqBounds(db, filter, page);
  const by = foundBy(filter, await isParticipant(db, scope, filter));
  const { rows } = await pageQuery(scope, filter, { ...page, names, bounds, by }).execute(db);
  return rows.map(toEntry);
}

interface PagePlan extends PageRequest {
  readonly names: readonly string[];
  readonly bounds: readonly Condition[];
  readonly by: Found;
}

interface EntryRow {
  readonly seq: string;
  readonly entry: string;
  readonly leaf_hash: Buffer;
}

/**
 * Takes the first rows of each name from the one index that `by` says, then the first of all these. The indexes hold seq "desc nulls
 * last" and the order is asked for in these words, see the migration. Of an event that was cut nothing is left by which it is found.
 */
function pageQuery(scope: LogScope, filter: LogFilter, plan: PagePlan) {
  const { order, limit, names } = plan;
  const conditions = every([...indexed(filter, plan.by), ...plan.bounds, ...lookedAt(filter)]);
  // The team is part of the order for the sake of "is null", which the planner does not take for a constant.
  const inOrder = order === 'newest' ? sql`e.team_id, e.seq desc nulls last` : sql`e.team_id desc, e.seq asc nulls first`;
  const ofTeam = (team: Condition) => sql`
    select hit.seq from unnest(${names}::text[]) as kind (name) cross join lateral (
      select e.seq from event_log_entries as e where ${team} and e.name = kind.name and ${conditions} order by ${inOrder} limit ${limit}
    ) as hit`;
  const parts = [ofTeam(sql`e.team_id = ${scope.team}`), ...(scope.installation ? [ofTeam(sql`e.team_id is null`)] : [])];
  const direction = order === 'newest' ? sql`desc` : sql`asc`;
  return sql<EntryRow>`
    select entry.seq, entry.entry, entry.leaf_hash
    from (select seq from (${sql.join(parts, sql` union all `)}) as hits order by seq ${direction} limit ${limit}) as page
    join event_log_entries as entry on entry.seq = page.seq
    order by entry.seq ${direction}`;
}

function indexed(filter: LogFilter, by: Found): Condition[] {
  switch (by) {
    case 'actor':
      return [sql`e.actor_id = ${filter.actor}`];
    case 'actor-in-room':
      return [sql`e.actor_id = ${filter.actor}`, sql`e.room_id = ${filter.room}`, sql`e.actor_kind <> 'participant'`];
    case 'actor-and-result':
      return [sql`e.actor_id = ${filter.actor}`, sql`e.result = ${filter.result}`, sql`e.result <> 'done'`];
    case 'target':
      return [sql`e.target_id = ${filter.target}`];
    case 'room':
      return [sql`e.room_id = ${filter.room}`];
    case 'session':
      return [sql`e.session_id = ${filter.session}`];
    case 'result':
      return [sql`e.result = ${filter.result}`, sql`e.result <> 'done'`];
    case 'name':
      return [];
  }
}

/** The whole filter once more, in words that no index answers, so that the planner keeps to the one that was chosen. */
function lookedAt(filter: LogFilter): Condition[] {
  const { actor, target, room, session, result, from, to } = filter;
  return [
    sql`true`,
    ...(actor === undefined ? [] : [sql`e.actor_id is not distinct from ${actor}`]),
    ...(target === undefined ? [] : [sql`e.target_id is not distinct from ${target}`]),
    ...(room === undefined ? [] : [sql`e.room_id is not distinct from ${room}::uuid`]),
    ...(session === undefined ? [] : [sql`e.session_id is not distinct from ${session}::uuid`]),
    ...(result === undefined || result === 'refused' ? [] : [sql`e.result is not distinct from ${result}`]),
    ...(from === undefined ? [] : [sql`(e.at < ${from}::timestamptz) is false`]),
    ...(to === undefined ? [] : [sql`(e.at < ${to}::timestamptz) is true`]),
  ];
}

/** The cursor and the times as bounds of seq; those of the times are an hour wide, because a later event may have an earlier time. */
async function seqBounds(db: Db, { from, to }: LogFilter, { order, cursor, size }: PageRequest): Promise<Condition[]> {
  const given: Condition[] = [
    ...(cursor === undefined ? [] : [order === 'newest' ? sql`e.seq < ${cursor}` : sql`e.seq > ${cursor}`]),
    ...(size === undefined ? [] : [sql`e.seq < ${size}`]),
  ];
  if (from === undefined && to === undefined) return given;
  const before = from === undefined ? null : new Date(Date.parse(from) - DISORDER_MS);
  const after = to === undefined ? null : new Date(Date.parse(to) + DISORDER_MS);
  const { rows } = await sql<{ first: string | null; last: string | null }>`
    select (select seq from event_log_entries where at < ${before} order by at desc, seq desc limit 1) as first,
      (select seq from event_log_entries where at >= ${after} order by at, seq limit 1) as last`.execute(db);
  const { first = null, last = null } = rows[0] ?? {};
  return [...given, ...(first === null ? [] : [sql`e.seq > ${first}`]), ...(last === null ? [] : [sql`e.seq < ${last}`])];
}

/** Whether the actor is a participant, whose events are few; asked only where it matters. An id belongs to one kind of actor. */
async function isParticipant(db: Db, scope: LogScope, { actor, session, target, room }: LogFilter): Promise<boolean> {
  if (actor === undefined || (session ?? target ?? room) === undefined) return false;
  const { rows } = await sql<{ actor_kind: string }>`
    select actor_kind from event_log_entries where team_id = ${scope.team} and actor_id = ${actor} order by name limit 1`.execute(db);
  return rows[0]?.actor_kind === 'participant';
}

/** One event; null when there is none that the scope may see, and when it was cut. */
export async function findEntry(db: Db, scope: LogScope, seq: number): Promise<Entry | null> {
  const row = await db
    .selectFrom('event_log_entries')
    .select(['seq', 'entry', 'leaf_hash'])
    .where('seq', '=', String(seq))
    .where('entry', 'is not', null)
    .where((eb) => eb.or([eb('team_id', '=', scope.team), ...(scope.installation ? [eb('team_id', 'is', null)] : [])]))
    .executeTakeFirst();
  return row?.entry ? toEntry({ ...row, entry: row.entry }) : null;
}

/** Whether the scope has events of that session. */
export async function hasSession(db: Db, scope: LogScope, session: SessionId): Promise<boolean> {
  return (await findPage(db, scope, { session }, { order: 'oldest', limit: 1 })).length > 0;
}

/** How many events the log has, of all teams. */
export async function logSize(db: Db): Promise<number> {
  return Number((await db.selectFrom('event_log_head').select('size').executeTakeFirstOrThrow()).size);
}

function toEntry(row: EntryRow): Entry {
  return { seq: Number(row.seq), entry: row.entry, leafHash: row.leaf_hash };
}
