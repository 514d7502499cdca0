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
/** Up to so many hear of everything at once. */
const AT_ONCE = 100;
const LONGEST_MS = 1_000;

/** How long changes of the list gather for an audience: with its size, so that a webinar that fills costs about the same at any speed. */
function gatherMs(audience: number): number {
  return audience <= AT_ONCE ? 0 : Math.min(LONGEST_MS, audience);
}

export function createConnections(timers: Timers): Connections {
  const byId = new Map<ConnectionId, SignalConnection>();
  const waiting: (() => void)[] = [];
  const late = new Set<ConnectionId>();

  function flushLate(): void {
    const ids = [...late];
    late.clear();
    for (const id of ids) byId.get(id)?.flush();
  }

  function sendLater(connectionIds: readonly ConnectionId[], text: string, delayMs: number): void {
    if (late.size === 0) timers.schedule(delayMs, flushLate);
    for (const id of connectionIds) {
      byId.get(id)?.sendLater(text);
      late.add(id);
    }
  }

  return {
    add: (connection) => void byId.set(connection.id, connection),
    remove: (connectionId) => {
      byId.delete(connectionId);
      if (byId.size === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    drained: () => (byId.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    all: () => [...byId.values()],
    notify: (connectionIds, notification) => {
      if (connectionIds.length === 0) return;
      const text = JSON.stringify(notification);
      const delayMs = MAY_WAIT.has(notification.type) ? gatherMs(connectionIds.length) : 0;
      if (delayMs > 0) return sendLater(connectionIds, text, delayMs);
      for (const id of connectionIds) byId.get(id)?.send(text);
    },
    close: (connectionId, code) => byId.get(connectionId)?.closeFor(code),
  };
}
