import type { RoomId, TeamId } from '@conclave/protocol/ids';
import type { Settings } from '@conclave/protocol/rest/settings';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import { findTeam } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { systemCause } from '../event-log/cause.ts';
import { removeRoom } from './actions.ts';
import type { LiveRegistry } from './live-rooms.ts';
import { expiryMs } from './settings.ts';

type Context = Parameters<typeof removeRoom>[0] & { live: LiveRegistry; log: Log; timers: Timers };

/** The public interface promises that a room is gone within three minutes of its time. */
const LOOK_MS = 15_000;
/** So long after its time a room is still there, shut: whoever comes a little late is told why, and not that there is no such room. */
const SHUT_MS = 60_000;
const BY = systemCause('expiry');

/** Ends meetings at the end of their time (`session_length`, `expires_at`), and deletes rooms a minute past their `expires_at`. */
export function startExpiry(ctx: Context): AsyncDisposable {
  const { log, timers } = ctx;
  let ended = false;
  let running: Promise<void> = Promise.resolve();
  let cancel = (): void => undefined;

  function look(): void {
    running = endOverdue(ctx)
      .catch((error: unknown) => log.warn({ err: error }, 'rooms past their time could not be ended; it is tried again'))
      .then(() => {
        if (!ended) cancel = timers.schedule(LOOK_MS, look);
      });
  }

  cancel = timers.schedule(LOOK_MS, look);
  return {
    [Symbol.asyncDispose]: async () => {
      ended = true;
      cancel();
      await running;
    },
  };
}

async function endOverdue(ctx: Context): Promise<void> {
  const nowMs = ctx.clock.nowMs();
  for (const { roomId, startedAtMs } of ctx.live.summaries()) {
    await ctx.live.inOrder(roomId, async (session) => {
      if (session && endMs(session.state().policy.settings, startedAtMs) <= nowMs)
        session.apply({ kind: 'end', reason: 'expired' }, undefined, BY);
    });
  }
  for (const { id, teamId } of await findExpired(ctx.db, nowMs - SHUT_MS)) {
    const team = await findTeam(ctx.db, teamId);
    if (team) await removeRoom(ctx, { team, by: BY }, id, false);
  }
}

function endMs(settings: Settings, startedAtMs: number): number {
  const { session_length: minutes } = settings;
  return Math.min(minutes === null ? Infinity : startedAtMs + minutes * 60_000, expiryMs(settings) ?? Infinity);
}

/** The rooms whose time was over at that moment. */
function findExpired(db: Db, atMs: number): Promise<{ id: RoomId; teamId: TeamId }[]> {
  // As the setting is written: `YYYY-MM-DD hh:mm:ss`, UTC, in the order of time.
  const at = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
  return db
    .selectFrom('rooms')
    .select(['id', 'team_id as teamId'])
    .where('deleted_at', 'is', null)
    .where((eb) => eb(eb.ref('settings', '->>').key('expires_at'), '<=', at))
    .execute();
}
