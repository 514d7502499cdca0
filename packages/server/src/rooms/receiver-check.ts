import { randomUUID } from 'node:crypto';
import type { RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { Background } from '@conclave/runtime/background';
import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { systemCause } from '../event-log/cause.ts';
import type { MediaNode } from '../media-link/media-node.ts';
import { pause, untilDone } from '../retry.ts';
import type { LiveRegistry } from './live-rooms.ts';
import { stillStray, straysAmong, type Receiver } from './receiver-rules.ts';
import type { SessionStore } from './session-store.ts';

/** How often the media node is asked to whom it sends, and how soon again about those that are on no list. */
const LOOK_MS = 5_000;
const AGAIN_MS = 1_000;

/** What was found; for metrics. */
export interface ReceiverCounts {
  /** To how many the node sent or might send at the last look, and how many of them were stray in two looks. */
  readonly receivers: number;
  readonly strays: number;
  /** Strays whose media path was closed since the process began. */
  readonly closed: number;
  /** When the node last answered, in milliseconds since 1970; null: never. */
  readonly lookedAtMs: number | null;
}

export interface ReceiverCheck extends AsyncDisposable {
  counts(): ReceiverCounts;
}

interface ReceiverCheckDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly background: Background;
  readonly media: Pick<MediaNode, 'receivers' | 'deleteParticipant'>;
  readonly live: Pick<LiveRegistry, 'isListed'>;
  readonly store: Pick<SessionStore, 'record'>;
}

/**
 * Whoever receives is on the list: asked of the media node again and again, which knows to whom it sends, and held against what
 * everybody in the room sees. A stray is closed at the node, told in the event log, and raises an alert. It must not happen; this is
 * here because a fault that made it happen would be silent.
 */
export function startReceiverCheck(deps: ReceiverCheckDeps): ReceiverCheck {
  const { timers, log, clock } = deps;
  const aborter = new AbortController();
  const { signal } = aborter;
  let found: ReceiverCounts = { receivers: 0, strays: 0, closed: 0, lookedAtMs: null };

  async function look(): Promise<{ all: Receiver[]; strays: Receiver[] }> {
    const all = await deps.media.receivers();
    found = { ...found, receivers: all.length, lookedAtMs: clock.nowMs() };
    return { all, strays: straysAmong(all, deps.live.isListed) };
  }

  async function check(): Promise<void> {
    const first = await look();
    if (first.strays.length > 0) await pause(AGAIN_MS, timers, signal);
    const strays = first.strays.length === 0 || signal.aborted ? [] : stillStray(first.strays, (await look()).strays);
    found = { ...found, strays: strays.length };
    for (const stray of strays) await close(stray);
  }

  async function close(stray: Receiver): Promise<void> {
    const { sessionId, participantId, consumers } = stray;
    log.error({ sessionId, participantId, consumers }, 'the media node could send to somebody who is on no list');
    await deps.media.deleteParticipant(sessionId, participantId);
    found = { ...found, closed: found.closed + 1 };
    const event = {
      name: 'receiver.stray',
      by: systemCause('receiver-check'),
      session: sessionId,
      target: { kind: 'participant', id: participantId },
      data: { consumers },
      id: randomUUID(),
      atMs: clock.nowMs(),
    } as const;
    const onFailure = (error: unknown) => log.warn({ err: error }, 'a stray receiver could not be recorded yet');
    const recorded = untilDone(async () => deps.store.record({ ...event, ...(await placeOf(deps.db, sessionId)) }), {
      timers,
      signal,
      onFailure,
    });
    deps.background(recorded);
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await pause(LOOK_MS, timers, signal);
      if (signal.aborted) return;
      // A node that is away sends nothing; that it is away is told elsewhere.
      await check().catch((error: unknown) => log.debug({ err: error }, 'the media node could not be asked to whom it sends'));
    }
  }

  const running = run();
  return {
    counts: () => found,
    [Symbol.asyncDispose]: async () => {
      aborter.abort();
      await running;
    },
  };
}

/** Where it happened; nothing for a session that never was. */
async function placeOf(db: Db, sessionId: SessionId): Promise<{ team?: TeamId; room?: RoomId }> {
  const found = await db
    .selectFrom('sessions')
    .innerJoin('rooms', 'rooms.id', 'sessions.room_id')
    .select(['team_id as team', 'room_id as room'])
    .where('sessions.id', '=', sessionId)
    .executeTakeFirst();
  return found ?? {};
}
