import { AppError } from '@conclave/protocol/errors';
import type { EventCategory } from '@conclave/protocol/events/event';
import { EVENTS, EVENT_NAMES } from '@conclave/protocol/events/names';
import type { TeamId } from '@conclave/protocol/ids';
import { RETENTION_CLASSES, type Retention, type RetentionPatch } from '@conclave/protocol/rest/log';
import type { Config } from '@conclave/runtime/config';
import type { Team } from '../access/store.ts';
import { deleteExpired } from '../chat/store.ts';
import type { ServerContext } from '../context.ts';
import { inTransaction, type Tx } from '../db/transaction.ts';
import { systemCause, type Cause } from '../event-log/cause.ts';
import { belowFloor, compactRanges, cutoffOf, effectiveDays, type Days } from './rules.ts';
import { coveredSize, cutEntries, findChosen, findExpired, lockChosen, storeChosen, takeTurn } from './store.ts';

export type Cutting = Pick<ServerContext, 'db' | 'clock' | 'eventLog' | 'personKeys' | 'config' | 'live'>;

/** How many events or messages are cut in one transaction. */
const BATCH = 2_000;
export const RETENTION_JOB: Cause = systemCause('retention');

/** What guards the log itself stays: without it nobody could tell what was cut from what was taken. */
const KEPT = 'log.cut';

function floorsOf(config: Config): Days {
  const { logFloorSessionDays: session, logFloorSecurityDays: security, logFloorAdministrationDays: administration } = config;
  return { session, security, administration, chat: 1 };
}

export async function readRetention({ db, config }: Pick<Cutting, 'db' | 'config'>, team: TeamId): Promise<Retention> {
  const floors = floorsOf(config);
  return { days: effectiveDays(await findChosen(db, team), floors), floors };
}

/**
 * Changes for how long a team's events and messages are kept; what is past its new time is cut by the next run of the job.
 * @throws AppError `invalid_settings` for days below the operator's floor
 */
export async function changeRetention(ctx: Cutting, by: Cause, team: TeamId, { days: given }: RetentionPatch): Promise<Retention> {
  const floors = floorsOf(ctx.config);
  const errors = belowFloor(given, floors);
  if (errors) throw new AppError('invalid_settings', { details: { errors } });
  return inTransaction(ctx.db, async (tx) => {
    const chosen = await lockChosen(tx, team);
    const before = effectiveDays(chosen, floors);
    const fresh = Object.fromEntries(Object.entries(given).filter(([, days]) => days !== undefined));
    const after = effectiveDays({ ...chosen, ...fresh }, floors);
    const changed = RETENTION_CLASSES.filter((category) => before[category] !== after[category]);
    if (changed.length === 0) return { days: after, floors };
    await storeChosen(tx, team, fresh);
    const only = (all: Days) => Object.fromEntries(changed.map((category) => [category, all[category]]));
    await ctx.eventLog.append(tx, { name: 'retention.changed', by, team, data: { before: only(before), after: only(after) } });
    return { days: after, floors };
  });
}

/**
 * Cuts the oldest events of a category that are past the team's days, and says which they were in the same transaction. Says how it
 * went: `more` may be left, `done`, or another process is `busy` with it.
 */
export function cutBatch(ctx: Cutting, team: Team, { category, days }: { category: EventCategory; days: number }): Promise<Progress> {
  const olderThan = cutoffOf(ctx.clock.nowMs(), days);
  const names = EVENT_NAMES.filter((name) => name !== KEPT && EVENTS[name].category === category);
  return inTurn(ctx, async (tx) => {
    // What no checkpoint covers yet could be another thing by the time it is signed.
    const below = await coveredSize(tx);
    const seqs = await findExpired(tx, { team: team.id, installation: team.onPlainHost, names, olderThan, below, limit: BATCH });
    if (seqs.length === 0) return 'done';
    await cutEntries(tx, seqs);
    const data = { category, olderThan: olderThan.toISOString(), count: seqs.length, seqs: compactRanges(seqs) };
    await ctx.eventLog.append(tx, { name: KEPT, by: RETENTION_JOB, team: team.id, data });
    return seqs.length < BATCH ? 'done' : 'more';
  });
}

/**
 * Deletes a team's oldest messages that are past their days, from every page and the memory of running meetings too, and says how
 * many in the same transaction.
 */
export async function cutChatBatch(ctx: Cutting, team: Team, days: number): Promise<Progress> {
  const olderThan = cutoffOf(ctx.clock.nowMs(), days);
  let cut: Awaited<ReturnType<typeof deleteExpired>> = [];
  const progress = await inTurn(ctx, async (tx) => {
    cut = await deleteExpired(tx, { team: team.id, olderThan, limit: BATCH });
    if (cut.length === 0) return 'done';
    const data = { olderThan: olderThan.toISOString(), count: cut.length };
    await ctx.eventLog.append(tx, { name: 'chat.cut', by: RETENTION_JOB, team: team.id, data });
    return cut.length < BATCH ? 'done' : 'more';
  });
  for (const [room, messages] of Map.groupBy(cut, (message) => message.room))
    await ctx.live.inOrder(room, async (session) => session?.forgetMessages(messages.map(({ id }) => id)));
  return progress;
}

export type Progress = 'more' | 'done' | 'busy';

/** Runs `work` in a transaction unless another process is cutting. */
export function inTurn({ db }: Pick<Cutting, 'db'>, work: (tx: Tx) => Promise<Progress>): Promise<Progress> {
  return inTransaction(db, async (tx) => ((await takeTurn(tx)) ? work(tx) : 'busy'));
}
