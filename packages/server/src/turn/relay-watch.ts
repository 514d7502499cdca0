import { connect } from 'node:net';
import { once } from 'node:events';

/** `none`: this server gives nobody a relay. `away`: it does, and the TURN server does not take connections. */
export type RelayState = 'up' | 'away' | 'none';

const TIMEOUT_MS = 1_000;
/** Whoever asks often is told what was found a moment ago. */
const FRESH_MS = 5_000;

/** Looks whether the TURN server behind the front takes connections. `port` on loopback; undefined where there is none. */
export function watchRelay(port: number | undefined): () => Promise<RelayState> {
  if (port === undefined) return async () => 'none';
  let found: { state: Promise<RelayState>; atMs: number } | undefined;
  return () => {
    const nowMs = performance.now();
    if (!found || nowMs - found.atMs > FRESH_MS) found = { state: look(port), atMs: nowMs };
    return found.state;
  };
}

async function look(port: number): Promise<RelayState> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return 'up';
  } catch {
    return 'away';
  } finally {
    socket.destroy();
  }
}
