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

export function createConnections(): Connections {
  const byId = new Map<ConnectionId, SignalConnection>();
  const waiting: (() => void)[] = [];
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
      for (const id of connectionIds) byId.get(id)?.send(text);
    },
    close: (connectionId, code) => byId.get(connectionId)?.closeFor(code),
  };
}
