import type { TeamId } from '@conclave/protocol/ids';
import type { AlertRulePatch, AlertView } from '@conclave/protocol/rest/log';
import { sql } from 'kysely';
import { Event } from '@conclave/protocol/events/event';
import type { Tx } from '../db/transaction.ts';
import type { KnownNetwork, Window } from './rules.ts';

/** The name under which `event_log_followers` has how far the rules have read. */
const FOLLOWER = 'alerts';

/** Windows that nothing has touched for so long hold nothing any more: no rule looks further back than a day. */
const FORGOTTEN_AFTER_MS = 2 * 86_400_000;

/** A window with what is stored beside it. */
export interface StoredWindow extends Window {
  readonly alertId: string | null;
  readonly mailedAtMs: number | null;
  readonly touchedAtMs: number;
}

/** The seq that is read next and the size of the log; null while another process is at it. */
export async function lockCursor(tx: Tx): Promise<{ next: number; size: number } | null> {
  const followers = tx.selectFrom('event_log_followers').select('next_seq').where('name', '=', FOLLOWER);
  const cursor = await followers.forUpdate().skipLocked().executeTakeFirst();
  if (cursor === undefined) return null;
  const head = await tx.selectFrom('event_log_head').select('size').executeTakeFirstOrThrow();
  return { next: Number(cursor.next_seq), size: Number(head.size) };
}

export async function moveCursor(tx: Tx, next: number, at: Date): Promise<void> {
  await tx.updateTable('event_log_followers').set({ next_seq: next, updated_at: at }).where('name', '=', FOLLOWER).execute();
}

/** The events of those names in a part of the log, in order. What somebody has made unreadable is passed over: signing tells of it. */
export async function readEvents(tx: Tx, names: readonly string[], { from, to }: { from: number; to: number }): Promise<Event[]> {
  const { rows } = await sql<{ entry: string }>`select entry from event_log_entries
    where seq >= ${from} and seq < ${to} and name = any(${names}::text[]) order by seq`.execute(tx);
  return rows.flatMap(({ entry }) => readEvent(entry) ?? []);
}

function readEvent(entry: string): Event | null {
  try {
    return Event.parse(JSON.parse(entry));
  } catch {
    return null;
  }
}

/** What each team has changed of its rules, by team and rule. */
export async function readChanges(tx: Tx): Promise<Map<string, AlertRulePatch>> {
  const rows = await tx.selectFrom('alert_rules').selectAll().execute();
  return new Map(rows.map((row) => [`${row.team_id} ${row.rule}`, row.changes]));
}

/** By the key in base64. */
export async function readWindows(tx: Tx, keys: readonly Buffer[]): Promise<Map<string, StoredWindow>> {
  if (keys.length === 0) return new Map();
  const rows = await tx
    .selectFrom('alert_windows')
    .leftJoin('alerts', 'alerts.id', 'alert_windows.alert_id')
    .leftJoin('alert_tallies', 'alert_tallies.alert_id', 'alert_windows.alert_id')
    .selectAll('alert_windows')
    .select(['alerts.acknowledged_at', 'alert_tallies.last_at'])
    .where('alert_windows.key', 'in', keys)
    .execute();
  return new Map(
    rows.map((row) => [
      row.key.toString('base64'),
      {
        hits: row.hits,
        alert: row.last_at && { isOpen: row.acknowledged_at === null, lastAtMs: row.last_at.getTime() },
        alertId: row.alert_id,
        mailedAtMs: row.mailed_at?.getTime() ?? null,
        touchedAtMs: row.touched_at.getTime(),
      },
    ]),
  );
}

export async function storeWindow(tx: Tx, key: Buffer, window: StoredWindow): Promise<void> {
  const columns = {
    hits: JSON.stringify(window.hits),
    alert_id: window.alertId,
    mailed_at: window.mailedAtMs === null ? null : new Date(window.mailedAtMs),
    touched_at: new Date(window.touchedAtMs),
  };
  await tx
    .insertInto('alert_windows')
    .values({ key, ...columns })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(columns))
    .execute();
}

/** Adds to what an alert counts; of its events the newest 20 are named. */
export async function addToTally(tx: Tx, alertId: string, { count, seq, lastAtMs }: { count: number; seq: number; lastAtMs: number }) {
  await sql`update alert_tallies set count = count + ${count}, last_at = ${new Date(lastAtMs)},
      seqs = (array_append(seqs, ${seq}::bigint))[greatest(1, cardinality(seqs) - 18):]
    where alert_id = ${alertId}`.execute(tx);
}

interface NewAlert {
  readonly id: string;
  readonly rule: string;
  readonly severity: AlertView['severity'];
  readonly team: TeamId | null;
  readonly atMs: number;
  readonly count: number;
  readonly seqs: readonly number[];
  readonly lastAtMs: number;
}

export async function insertAlert(tx: Tx, alert: NewAlert): Promise<void> {
  const { id, rule, severity, team, atMs, count, seqs, lastAtMs } = alert;
  await tx
    .insertInto('alerts')
    .values({ id, rule, severity, team_id: team, raised_at: new Date(atMs), subject_seq: seqs.at(-1) ?? null })
    .execute();
  await tx
    .insertInto('alert_tallies')
    .values({ alert_id: id, count, seqs: [...seqs], last_at: new Date(lastAtMs) })
    .execute();
}

/** What is known of a member and a network, and from now on that they were seen there. An empty network stands for any. */
export async function seeNetwork(tx: Tx, member: Buffer, network: Buffer, atMs: number): Promise<KnownNetwork> {
  const rows = await tx.selectFrom('alert_networks').select(['network_key', 'seen_at']).where('member_key', '=', member).execute();
  const seen_at = new Date(atMs);
  await tx
    .insertInto('alert_networks')
    .values([network, ANY_NETWORK].map((network_key) => ({ member_key: member, network_key, seen_at })))
    .onConflict((conflict) => conflict.columns(['member_key', 'network_key']).doUpdateSet({ seen_at }))
    .execute();
  const seen = rows.find((row) => row.network_key.equals(network));
  return { hasSignedIn: rows.length > 0, seenAtMs: seen?.seen_at.getTime() ?? null };
}

const ANY_NETWORK = Buffer.alloc(0);

/** Removes networks that are forgotten and windows that hold nothing any more. */
export async function forget(tx: Tx, { nowMs, networksAfterDays }: { nowMs: number; networksAfterDays: number }): Promise<void> {
  const networks = tx.deleteFrom('alert_networks').where('seen_at', '<', new Date(nowMs - networksAfterDays * 86_400_000));
  await networks.where('network_key', '<>', ANY_NETWORK).execute();
  const windows = tx.deleteFrom('alert_windows').where('touched_at', '<', new Date(nowMs - FORGOTTEN_AFTER_MS));
  await windows.execute();
}

/** When the oldest entry that no checkpoint covers was written; null when there is none. */
export async function uncoveredSince(tx: Tx): Promise<number | null> {
  const { rows } = await sql<{ at: Date | null }>`select at from event_log_entries
    where seq = (select coalesce(max(size), 0) from event_log_checkpoints)`.execute(tx);
  return rows[0]?.at?.getTime() ?? null;
}
