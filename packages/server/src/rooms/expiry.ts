import type { RoomId, TeamId } from '@conclave/protocol/ids';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import { findTeam } from '../access/store.ts';
import type { Db } from '../db/connection.ts';
import { systemCause } from '../event-log/cause.ts';
import { removeRoom } from './actions.ts';
import type { LiveRegistry } from './live-rooms.ts';

type Context = Parameters<typeof removeRoom>[0] & { live: LiveRegistry; log: Log; timers: Timers };

/** The public interface promises that a room is gone within three minutes of its time. */
const LOOK_MS = 15_000;
const BY = systemCause('expiry');

/** Ends meetings that have lasted as long as their room says (`session_length`), and deletes rooms past their `expires_at`. */
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
      const minutes = session?.state().policy.settings.session_length ?? null;
      if (session && minutes !== null && startedAtMs + minutes * 60_000 <= nowMs)
        session.apply({ kind: 'end', reason: 'expired' }, undefined, BY);
    });
  }
  for (const { id, teamId } of await findExpired(ctx.db, nowMs)) {
    const team = await findTeam(ctx.db, teamId);
    if (team) await removeRoom(ctx, { team, by: BY }, id, false);
  }
}

function findExpired(db: Db, nowMs: number): Promise<{ id: RoomId; teamId: TeamId }[]> {
  // As the setting is written: `YYYY-MM-DD hh:mm:ss`, UTC, in the order of time.
  const now = new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ');
  return db
    .selectFrom('rooms')
    .select(['id', 'team_id as teamId'])
    .where('deleted_at', 'is', null)
    .where((eb) => eb(eb.ref('settings', '->>').key('expires_at'), '<=', now))
    .execute();
}
