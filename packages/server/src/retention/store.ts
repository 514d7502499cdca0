import type { EventName } from '@conclave/protocol/events/names';
import type { TeamId } from '@conclave/protocol/ids';
import type { RetentionClass } from '@conclave/protocol/rest/log';
import { sql } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';

/** Any number, the same in every process: who holds it cuts. */
const RETENTION_LOCK = 4_216_071_002;
/** As in log-reading: an event may have an earlier time than one before it, by less than this. */
const DISORDER_MS = 3_600_000;

type Chosen = Partial<Record<RetentionClass, number | null>>;

export async function findChosen(db: Db, team: TeamId): Promise<Chosen> {
  const chosen = db.selectFrom('retention').select(['session', 'security', 'administration', 'chat']).where('team_id', '=', team);
  return (await chosen.executeTakeFirst()) ?? {};
}

/** The same, held against other changes until the transaction ends. */
export async function lockChosen(tx: Tx, team: TeamId): Promise<Chosen> {
  await tx.selectFrom('teams').select('id').where('id', '=', team).forNoKeyUpdate().execute();
  return findChosen(tx, team);
}

export async function storeChosen(tx: Tx, team: TeamId, chosen: Chosen): Promise<void> {
  await tx
    .insertInto('retention')
    .values({ team_id: team, ...chosen })
    .onConflict((conflict) => conflict.column('team_id').doUpdateSet(chosen))
    .execute();
}

/** Whether this transaction is the one that cuts; another process's may be. */
export async function takeTurn(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_xact_lock(${sql.lit(RETENTION_LOCK)}) as taken`.execute(tx);
  return rows[0]?.taken === true;
}

/** The day for which everything was cut last, `2026-11-24`. */
export async function lastDay(db: Db): Promise<string | null> {
  const { rows } = await sql<{ day: string | null }>`select done_for::text as day from event_log_retention_state`.execute(db);
  return rows[0]?.day ?? null;
}

export async function storeLastDay(db: Db, day: string): Promise<void> {
  await sql`update event_log_retention_state set done_for = ${day}::date`.execute(db);
}

/** How many events the newest checkpoint covers. */
export async function coveredSize(db: Db): Promise<number> {
  const newest = db.selectFrom('event_log_checkpoints').select('size').orderBy('size', 'desc').limit(1);
  return Number((await newest.executeTakeFirst())?.size ?? 0);
}

interface Expired {
  readonly team: TeamId;
  /** Events without a team go with those of this one. */
  readonly installation: boolean;
  readonly names: readonly EventName[];
  readonly olderThan: Date;
  /** Only events below this seq. */
  readonly below: number;
  readonly limit: number;
}

/** The oldest events that are past their time, in order of seq; read from the index by name, as pages are (log-reading/store.ts). */
export async function findExpired(db: Db, { team, installation, names, olderThan, below, limit }: Expired): Promise<number[]> {
  const end = await sql<{ seq: string }>`
    select seq from event_log_entries where at >= ${new Date(olderThan.getTime() + DISORDER_MS)} order by at, seq limit 1`.execute(db);
  const bound = Math.min(below, Number(end.rows[0]?.seq ?? below));
  const ofTeam = (condition: ReturnType<typeof sql>) => sql`
    select hit.seq from unnest(${names}::text[]) as kind (name) cross join lateral (
      select e.seq from event_log_entries as e
      where ${condition} and e.name = kind.name and e.seq < ${bound} and (e.at < ${olderThan}) is true
      order by e.team_id desc, e.seq asc nulls first limit ${limit}
    ) as hit`;
  const parts = [ofTeam(sql`e.team_id = ${team}`), ...(installation ? [ofTeam(sql`e.team_id is null`)] : [])];
  const { rows } = await sql<{ seq: string }>`
    select seq from (${sql.join(parts, sql` union all `)}) as hits order by seq limit ${limit}`.execute(db);
  return rows.map((row) => Number(row.seq));
}

/** Takes everything away from these events but their place and their hash. */
export async function cutEntries(tx: Tx, seqs: readonly number[]): Promise<void> {
  await sql`set local conclave.retention = 'on'`.execute(tx);
  await sql`
    update event_log_entries set id = null, at = null, category = null, name = null, actor_kind = null, actor_id = null, team_id = null,
      room_id = null, session_id = null, target_id = null, result = null, entry = null
    where seq = any(${seqs}::bigint[])`.execute(tx);
  await sql`set local conclave.retention = 'off'`.execute(tx);
}

/** Whose keys exist under this prefix, `addresses ` or `visitors `, and are named before `end`, in order. */
export async function findSubjects(db: Db, prefix: string, end: string): Promise<string[]> {
  const { rows } = await sql<{ subject: string }>`
    select subject from event_log_person_keys
    where starts_with(subject, ${prefix}) and subject collate "C" < ${prefix + end} order by subject collate "C"`.execute(db);
  return rows.map((row) => row.subject);
}

/** Guests whose key was made before `before`, at most `limit`. */
export async function findGuests(db: Db, before: Date, limit: number): Promise<string[]> {
  const { rows } = await sql<{ subject: string }>`
    select subject from event_log_person_keys
    where starts_with(subject, 'participant ') and created_at < ${before} order by created_at limit ${limit}`.execute(db);
  return rows.map((row) => row.subject);
}
