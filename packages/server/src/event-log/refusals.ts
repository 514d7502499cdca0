import { randomUUID } from 'node:crypto';
import { AppError, type ErrorCode } from '@conclave/protocol/errors';
import type { Target } from '@conclave/protocol/events/event';
import type { EventData } from '@conclave/protocol/events/names';
import type { RoomId, SessionId, TeamId } from '@conclave/protocol/ids';
import type { Clock } from '@conclave/runtime/clock';
import type { Log } from '@conclave/runtime/log';
import type { Timers } from '@conclave/runtime/timers';
import type { Db } from '../db/connection.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Cause } from './cause.ts';
import type { EventLog, NewEvent } from './event-log.ts';
import { networkOf } from '@conclave/runtime/ip-networks';

const WINDOW_MS = 10_000;
/** So many refusals of one kind are written one by one in a window; the others are counted. */
const SINGLE = 10;
const BATCH = 500;
/** What waits beyond this is answered with `unavailable`, so that a slow database is not met with ever more memory. */
const LONGEST_QUEUE = 20_000;
const RETRY_MS = 1_000;

type Data = EventData<'request.refused'>;

/** A request that was refused; faults of ours (`internal`, `unavailable`, `maintenance`) are none. */
export interface Refusal {
  readonly by: Cause;
  readonly door: Data['door'];
  /** `METHOD route-pattern` or a message's type: never what the client made up, such as a raw path. */
  readonly verb: string;
  readonly result: ErrorCode;
  readonly reason?: Data['reason'];
  readonly team?: TeamId | null;
  readonly room?: RoomId | null;
  readonly session?: SessionId | null;
  readonly target?: Target | null;
}

/** Writes refusals to the log in such a way that a flood of them neither fills it nor holds anybody up. */
export interface Refusals extends AsyncDisposable {
  /**
   * Resolves when the refusal is stored, or counted because it is like ten others of the last ten seconds (same network, actor, verb
   * and result): those become one event with their count when the ten seconds are over, or on disposal.
   * @throws AppError `unavailable` when it could not be stored.
   */
  note(refusal: Refusal): Promise<void>;
}

interface RefusalsDeps {
  readonly db: Db;
  readonly eventLog: EventLog;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

type RefusedEvent = NewEvent<'request.refused'>;

/** The refusals of one kind within ten seconds. */
interface Window {
  seen: number;
  /** The newest of those that were only counted. */
  last: { refusal: Refusal; atMs: number } | undefined;
  cancel(): void;
}

export function createRefusals(deps: RefusalsDeps): Refusals {
  const { clock, timers, log } = deps;
  const windows = new Map<string, Window>();
  const group = createGroup(deps);
  /** Counts whose event could not be stored yet. */
  const unwritten = new Set<RefusedEvent>();
  let cancelRetry: (() => void) | undefined;

  function close(key: string): void {
    const window = windows.get(key);
    windows.delete(key);
    window?.cancel();
    if (!window?.last) return;
    const event = eventOf(window.last.refusal, { count: window.seen - SINGLE, atMs: window.last.atMs });
    unwritten.add(event);
    void write(event);
  }

  async function write(event: RefusedEvent): Promise<void> {
    try {
      await group.append(event);
      unwritten.delete(event);
    } catch (error) {
      log.warn({ err: error }, 'counted refusals wait to be written');
      cancelRetry ??= timers.schedule(RETRY_MS, retry);
    }
  }

  function retry(): void {
    cancelRetry = undefined;
    for (const event of unwritten) void write(event);
  }

  return {
    note: async (refusal) => {
      const key = keyOf(refusal);
      const window = windows.get(key) ?? { seen: 0, last: undefined, cancel: timers.schedule(WINDOW_MS, () => close(key)) };
      windows.set(key, window);
      window.seen += 1;
      const atMs = clock.nowMs();
      if (window.seen <= SINGLE) return group.append(eventOf(refusal, { count: 1, atMs }));
      window.last = { refusal, atMs };
    },
    [Symbol.asyncDispose]: async () => {
      for (const key of windows.keys()) close(key);
      await group.drained();
      cancelRetry?.();
    },
  };
}

function keyOf({ by, door, verb, result, reason, target }: Refusal): string {
  const network = by.address === null ? '' : networkOf(by.address, { v4: 32, v6: 64 });
  return [network, by.actor.kind, by.actor.id, door, verb, result, reason, target?.id].join(' ');
}

function eventOf(refusal: Refusal, { count, atMs }: { count: number; atMs: number }): RefusedEvent {
  const { by, door, verb, result, reason, team = null, room = null, session = null, target = null } = refusal;
  const data = { door, verb: verb.slice(0, 100), count, ...(reason && { reason }) };
  return { name: 'request.refused', by, data, result, team, room, session, target, atMs, id: randomUUID() };
}

interface Group {
  /** Resolves when the event is committed. @throws AppError `unavailable` */
  append(event: RefusedEvent): Promise<void>;
  /** Resolves when nothing waits any more. */
  drained(): Promise<void>;
}

/** Commits what comes together in one transaction: one disk write for many refusals. */
function createGroup({ db, eventLog }: Pick<RefusalsDeps, 'db' | 'eventLog'>): Group {
  let waiting: { event: RefusedEvent; stored: PromiseWithResolvers<void> }[] = [];
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH);
      waiting = waiting.slice(BATCH);
      try {
        await inTransaction(db, (tx) =>
          eventLog.appendAll(
            tx,
            batch.map(({ event }) => event),
          ),
        );
        for (const { stored } of batch) stored.resolve();
      } catch (error) {
        for (const { stored } of batch) stored.reject(error);
      }
    }
  }

  return {
    append: (event) => {
      if (waiting.length >= LONGEST_QUEUE) return Promise.reject(new AppError('unavailable'));
      const stored = Promise.withResolvers<void>();
      waiting.push({ event, stored });
      writing ??= writeAll().finally(() => (writing = undefined));
      return stored.promise;
    },
    drained: async () => writing,
  };
}
