import type { ServerResponse } from 'node:http';
import type { EventView } from '@conclave/protocol/rest/log';
import type { Timers } from '@conclave/runtime/timers';

const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for so long is cut off; it comes back and resumes. */
const STALLED_AFTER_MS = 15_000;
const RECONNECT_AFTER_MS = 2_000;

/** Server-sent events (HTML Standard §9.2) on a reply that is ours alone. */
export interface EventStream {
  /** Resolves once the reader can take more: never more than one event and the socket's own buffer wait for a slow one. */
  send(event: EventView): Promise<void>;
  readonly signal: AbortSignal;
  end(): void;
}

/** @param headers what every reply carries */
export function openEventStream(raw: ServerResponse, headers: Record<string, string>, timers: Timers): EventStream {
  const closed = new AbortController();
  raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
  raw.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
  let cancelHeartbeat = (): void => undefined;
  const beat = () => {
    if (!raw.writableNeedDrain) raw.write(': still here\n\n');
    cancelHeartbeat = timers.schedule(HEARTBEAT_MS, beat);
  };
  cancelHeartbeat = timers.schedule(HEARTBEAT_MS, beat);
  raw.once('close', () => {
    cancelHeartbeat();
    closed.abort();
  });
  // A connection that breaks while something is written to it is closed, and that is all.
  raw.on('error', () => closed.abort());

  async function untilDrained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = timers.schedule(STALLED_AFTER_MS, () => raw.destroy());
    raw.once('drain', resolve);
    closed.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    cancel();
  }

  return {
    send: async (event) => {
      if (closed.signal.aborted) return;
      // JSON has no line breaks of its own, whatever is in a name.
      if (!raw.write(`id: ${event.seq}\nevent: event\ndata: ${JSON.stringify(event)}\n\n`)) await untilDrained();
    },
    signal: closed.signal,
    end: () => {
      closed.abort();
      raw.end();
    },
  };
}
