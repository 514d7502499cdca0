import type { TeamId } from '@conclave/protocol/ids';
import type { AlertRulePatch, AlertView } from '@conclave/protocol/rest/log';
import { sql } from 'kysely';
import type { Db } from '../db/connection.ts';
import type { Tx } from '../db/transaction.ts';

/** An alert as it is stored; whom it is about is read from the event `subjectSeq`. */
export interface StoredAlert {
  readonly id: string;
  readonly position: number;
  readonly rule: string;
  readonly severity: AlertView['severity'];
  readonly raisedAtMs: number;
  readonly subjectSeq: number | null;
  readonly count: number;
  readonly seqs: readonly number[];
  readonly acknowledged: { readonly atMs: number; readonly by: string | null } | null;
}

/** Whose alerts are asked for: those of a team and, for that of the plain host, those of the installation, which have no team. */
export interface AlertScope {
  readonly team: TeamId;
  readonly installation: boolean;
}

export async function findChanges(db: Db, teamId: TeamId): Promise<Map<string, AlertRulePatch>> {
  const rows = await db.selectFrom('alert_rules').select(['rule', 'changes']).where('team_id', '=', teamId).execute();
  return new Map(rows.map((row) => [row.rule, row.changes]));
}

/** What a team has changed of a rule, held until the transaction ends: of two changes at once the second sees the first. */
export async function lockChanges(tx: Tx, teamId: TeamId, rule: string): Promise<AlertRulePatch> {
  await tx.selectFrom('teams').select('id').where('id', '=', teamId).forNoKeyUpdate().execute();
  const row = tx.selectFrom('alert_rules').select('changes').where('team_id', '=', teamId).where('rule', '=', rule);
  return (await row.executeTakeFirst())?.changes ?? {};
}

export async function storeChanges(tx: Tx, teamId: TeamId, rule: string, given: AlertRulePatch): Promise<void> {
  const changes = JSON.stringify(given);
  await tx
    .insertInto('alert_rules')
    .values({ team_id: teamId, rule, changes })
    .onConflict((conflict) => conflict.columns(['team_id', 'rule']).doUpdateSet({ changes }))
    .execute();
}

function alertsOf(db: Db, scope: AlertScope) {
  return db
    .selectFrom('alerts')
    .innerJoin('alert_tallies', 'alert_tallies.alert_id', 'alerts.id')
    .leftJoin('auth_users', 'auth_users.id', 'alerts.acknowledged_by')
    .selectAll('alerts')
    .select(['alert_tallies.count', 'alert_tallies.seqs', 'auth_users.name as acknowledged_name'])
    .where((eb) => eb.or([eb('alerts.team_id', '=', scope.team), ...(scope.installation ? [eb('alerts.team_id', 'is', null)] : [])]));
}

type AlertRow = Awaited<ReturnType<ReturnType<typeof alertsOf>['execute']>>[number];

const toAlert = (row: AlertRow): StoredAlert => ({
  id: row.id,
  position: Number(row.position),
  rule: row.rule,
  severity: row.severity,
  raisedAtMs: row.raised_at.getTime(),
  subjectSeq: row.subject_seq === null ? null : Number(row.subject_seq),
  count: row.count,
  seqs: row.seqs.map(Number),
  acknowledged: row.acknowledged_at && { atMs: row.acknowledged_at.getTime(), by: row.acknowledged_name },
});

/** Newest first. */
export async function listAlerts(
  db: Db,
  scope: AlertScope,
  { onlyOpen, before, limit }: { onlyOpen: boolean; before: number | undefined; limit: number },
): Promise<StoredAlert[]> {
  let query = alertsOf(db, scope).orderBy('alerts.position', 'desc').limit(limit);
  if (onlyOpen) query = query.where('alerts.acknowledged_at', 'is', null);
  // The column is said to be generated, so that its type takes no value to compare with.
  if (before !== undefined) query = query.where(sql<boolean>`alerts.position < ${before}`);
  return (await query.execute()).map(toAlert);
}

export async function findAlert(db: Db, scope: AlertScope, id: string): Promise<StoredAlert | null> {
  const row = await alertsOf(db, scope).where('alerts.id', '=', id).executeTakeFirst();
  return row ? toAlert(row) : null;
}

export async function countOpenAlerts(db: Db, scope: AlertScope): Promise<number> {
  const { rows } = await sql<{ open: number }>`select count(*)::int as open from alerts where acknowledged_at is null
    and (team_id = ${scope.team} or (${scope.installation} and team_id is null))`.execute(db);
  return rows[0]?.open ?? 0;
}

/** False when somebody was faster. */
export async function markAcknowledged(tx: Tx, id: string, by: { userId: string; at: Date }): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('alerts')
    .set({ acknowledged_at: by.at, acknowledged_by: by.userId })
    .where('id', '=', id)
    .where('acknowledged_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
