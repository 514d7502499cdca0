import { EVENT_CATEGORIES } from '@conclave/protocol/events/event';
import type { ServerContext } from '../context.ts';
import { listTeams } from '../access/store.ts';
import { cutBatch, cutChatBatch, readRetention, type Cutting, type Progress } from './actions.ts';
import { forgetAddresses, forgetGuests, forgetVisitors } from './forget.ts';
import { dayOf } from './rules.ts';
import { lastDay, storeLastDay } from './store.ts';

/** How often it is looked whether the day (UTC) is a new one, and after a failure. */
const LOOK_MS = 3_600_000;

/** Cuts what is past its time, once a day (UTC) and at the start when that was missed; the schema must be there. */
export function startRetention(ctx: Cutting & Pick<ServerContext, 'log' | 'timers'>): AsyncDisposable {
  const { log, timers } = ctx;
  const aborter = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;

  function look(): void {
    running = runIfDue(ctx, aborter.signal)
      .catch((error: unknown) => log.warn({ err: error }, 'events past their time could not be cut; it is tried again'))
      .then(() => {
        if (!aborter.signal.aborted) cancel = timers.schedule(LOOK_MS, look);
      });
  }

  cancel = timers.schedule(0, look);
  return {
    [Symbol.asyncDispose]: async () => {
      aborter.abort();
      cancel();
      await running;
    },
  };
}

async function runIfDue(ctx: Cutting, signal: AbortSignal): Promise<void> {
  const today = dayOf(ctx.clock.nowMs());
  if ((await lastDay(ctx.db)) === today) return;
  if ((await cutAll(ctx, signal)) === 'done') await storeLastDay(ctx.db, today);
}

/** Everything that is past its time now. Each step stands for itself: a run that was ended in the middle is simply begun again. */
export async function cutAll(ctx: Cutting, signal: AbortSignal): Promise<Progress> {
  const longest = { security: 0, any: 0 };
  for (const team of await listTeams(ctx.db)) {
    const { days } = await readRetention(ctx, team.id);
    longest.security = Math.max(longest.security, days.security);
    longest.any = Math.max(longest.any, ...EVENT_CATEGORIES.map((category) => days[category]));
    for (const category of EVENT_CATEGORIES) {
      let progress: Progress = 'more';
      while (progress === 'more' && !signal.aborted) progress = await cutBatch(ctx, team, { category, days: days[category] });
      if (progress !== 'done') return progress;
    }
    let progress: Progress = 'more';
    while (progress === 'more' && !signal.aborted) progress = await cutChatBatch(ctx, team, days.chat);
    if (progress !== 'done') return progress;
  }
  const forgotten = [
    await forgetAddresses(ctx),
    // Without a team nobody has said for how long.
    ...(longest.any === 0 ? [] : [await forgetVisitors(ctx, longest.security), await forgetGuests(ctx, longest.any)]),
  ];
  return forgotten.every((progress) => progress === 'done') ? 'done' : 'busy';
}
