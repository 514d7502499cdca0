import type { AlertRule } from '@conclave/protocol/rest/log';
import { inTransaction, type Tx } from '../db/transaction.ts';
import type { Checkpoints } from '../event-log/checkpoints.ts';
import { readRules, type AlertDeps } from './evaluate.ts';
import { keyOf } from './groups.ts';
import { raise } from './raise.ts';
import { isLate } from './rules.ts';
import { lockCursor, readWindows, storeWindow, uncoveredSince } from './window-store.ts';

/** How long before an alert that lasts is noted once more, so that it is not forgotten. */
const NOTED_AFTER_MS = 3_600_000;

export interface CheckpointDeps extends AlertDeps {
  readonly checkpoints: Pick<Checkpoints, 'status'>;
  /** When this server began: before, nobody was there to sign. */
  readonly startedAtMs: number;
}

type LateRule = AlertRule & { kind: 'late' };

/**
 * Raises an alert when entries wait too long for a checkpoint, and a critical one when signing is refused because the log does not
 * fit the checkpoints outside the database. Each is raised once as long as it lasts.
 */
export async function checkCheckpoints(deps: CheckpointDeps): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    if ((await lockCursor(tx)) === null) return;
    const rule = (await readRules(tx))(null).find((one): one is LateRule => one.kind === 'late');
    if (rule === undefined) return;
    const since = { waitingSinceMs: await uncoveredSince(tx), startedAtMs: deps.startedAtMs, nowMs: deps.clock.nowMs() };
    await note(tx, deps, { rule, state: 'late', isTrue: rule.enabled && isLate(since, rule.afterS) });
    await note(tx, deps, { rule, state: 'inconsistent', isTrue: rule.enabled && deps.checkpoints.status().publishing === 'inconsistent' });
  });
}

interface State {
  readonly rule: LateRule;
  readonly state: 'late' | 'inconsistent';
  readonly isTrue: boolean;
}

/** While a state lasts, its window holds its alert. */
async function note(tx: Tx, deps: CheckpointDeps, { rule, state, isTrue }: State): Promise<void> {
  const key = keyOf(deps.lookup, rule.id, '', state);
  const before = (await readWindows(tx, [key])).get(key.toString('base64'));
  const wasTrue = before !== undefined && before.alertId !== null;
  const nowMs = deps.clock.nowMs();
  if (isTrue && !wasTrue) {
    const severity = state === 'inconsistent' ? 'critical' : rule.severity;
    const finding = { rule, severity, team: null, count: 1, seqs: [], lastAtMs: nowMs, subject: null };
    await storeWindow(tx, key, await raise(tx, deps, finding, before));
  } else if (wasTrue && (!isTrue || nowMs - before.touchedAtMs > NOTED_AFTER_MS)) {
    await storeWindow(tx, key, { ...before, alertId: isTrue ? before.alertId : null, touchedAtMs: nowMs });
  }
}
