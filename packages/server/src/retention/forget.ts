import type { Cutting, Progress } from './actions.ts';
import { inTurn, RETENTION_JOB } from './actions.ts';
import { cutoffOf, firstKeptMonth, firstReadableDay } from './rules.ts';
import { findGuests, findSubjects } from './store.ts';

const ADDRESSES = 'addresses ';
const VISITORS = 'visitors ';
const GUESTS_AT_ONCE = 500;
/** A guest's key is made on arrival and used until the session ends. */
const LONGEST_STAY_DAYS = 30;

/** Destroys the keys of days whose addresses are past their time; the networks stay. */
export async function forgetAddresses(ctx: Cutting): Promise<Progress> {
  const end = firstReadableDay(ctx.clock.nowMs(), ctx.config.logAddressDays);
  for (const subject of await findSubjects(ctx.db, ADDRESSES, end)) {
    const progress = await inTurn(ctx, async (tx) => {
      if (!(await ctx.personKeys.destroy(tx, subject))) return 'done';
      const day = subject.slice(ADDRESSES.length);
      await ctx.eventLog.append(tx, { name: 'addresses.cut', by: RETENTION_JOB, data: { day } });
      return 'done';
    });
    if (progress === 'busy') return 'busy';
  }
  return 'done';
}

/** Destroys the keys of months whose visitors are in no event any more. @param days for which any team keeps events of security */
export async function forgetVisitors(ctx: Cutting, days: number): Promise<Progress> {
  for (const subject of await findSubjects(ctx.db, VISITORS, firstKeptMonth(ctx.clock.nowMs(), days))) {
    const progress = await inTurn(ctx, async (tx) => {
      if (!(await ctx.personKeys.destroy(tx, subject))) return 'done';
      const target = { kind: 'person', id: subject } as const;
      await ctx.eventLog.append(tx, { name: 'person.erased', by: RETENTION_JOB, target, data: { keys: 1 } });
      return 'done';
    });
    if (progress === 'busy') return 'busy';
  }
  return 'done';
}

/** Destroys the keys of guests who are in no event any more. @param days for which any team keeps any event */
export async function forgetGuests(ctx: Cutting, days: number): Promise<Progress> {
  const before = cutoffOf(ctx.clock.nowMs(), days + LONGEST_STAY_DAYS);
  let progress: Progress = 'more';
  while (progress === 'more') {
    progress = await inTurn(ctx, async (tx) => {
      const guests = await findGuests(tx, before, GUESTS_AT_ONCE);
      if (guests.length === 0) return 'done';
      for (const guest of guests) await ctx.personKeys.destroy(tx, guest);
      await ctx.eventLog.append(tx, { name: 'person.erased', by: RETENTION_JOB, data: { keys: guests.length } });
      return guests.length < GUESTS_AT_ONCE ? 'done' : 'more';
    });
  }
  return progress;
}
