import type { Notification } from '@conclave/protocol/signalling/messages';
import type { Timers } from '@conclave/runtime/timers';
import type { Outbox } from '../rooms/live.ts';
import type { ConnectionId } from '../rooms/session-state.ts';
import type { SignalConnection } from './connection.ts';

/** The open signalling connections of this process. */
export interface Connections extends Outbox {
  add(connection: SignalConnection): void;
  remove(connectionId: ConnectionId): void;
  all(): SignalConnection[];
  /** Resolves when there is none left. */
  drained(): Promise<void>;
}

/** The list may be behind by moments, where so many hear of each who comes and goes that nothing else would get done. */
const MAY_WAIT: ReadonlySet<Notification['type']> = new Set(['participant.joined', 'participant.left']);
/** Up to so many hear of everything at once; of more, so many at a time, so that a word to a thousand holds up nothing else. */
const AT_ONCE = 100;
const LONGEST_MS = 1_000;

/** How long a notification to so many may wait for others: with their number, so that a webinar that fills costs about the same at any speed. */
function gatherMs({ type }: Notification, audience: number): number {
  return MAY_WAIT.has(type) ? Math.min(LONGEST_MS, audience) : 0;
}

export function createConnections(timers: Timers): Connections {
  const byId = new Map<ConnectionId, SignalConnection>();
  const waiting: (() => void)[] = [];
  /** For whom something lies ready, those first who wait the longest. */
  const due = new Set<ConnectionId>();
  let flushing = false;
  /** Who may wait a little. */
  const gathering = new Set<ConnectionId>();

  function flushSome(): void {
    const ids = due.values().take(AT_ONCE).toArray();
    for (const id of ids) due.delete(id);
    // Before anything is sent: what goes wrong with one connection must not keep the others waiting for good.
    flushing = due.size > 0;
    if (flushing) timers.schedule(0, flushSome);
    for (const id of ids) byId.get(id)?.flush();
  }

  function flushSoon(ids: Iterable<ConnectionId>): void {
    for (const id of ids) due.add(id);
    if (!flushing) flushSome();
  }

  function gather(ids: readonly ConnectionId[], delayMs: number): void {
    if (gathering.size === 0)
      timers.schedule(delayMs, () => {
        const gathered = [...gathering];
        gathering.clear();
        flushSoon(gathered);
      });
    for (const id of ids) gathering.add(id);
  }

  function notify(connectionIds: readonly ConnectionId[], notification: Notification): void {
    if (connectionIds.length === 0) return;
    const text = Buffer.from(JSON.stringify(notification));
    if (connectionIds.length <= AT_ONCE) {
      for (const id of connectionIds) byId.get(id)?.send(text);
      return;
    }
    for (const id of connectionIds) byId.get(id)?.sendLater(text);
    const delayMs = gatherMs(notification, connectionIds.length);
    if (delayMs > 0) gather(connectionIds, delayMs);
    else flushSoon(connectionIds);
  }

  return {
    add: (connection) => void byId.set(connection.id, connection),
    remove: (connectionId) => {
      byId.delete(connectionId);
      if (byId.size === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    drained: () => (byId.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    all: () => [...byId.values()],
    notify,
    close: (connectionId, code) => byId.get(connectionId)?.closeFor(code),
  };
}
