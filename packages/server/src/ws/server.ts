import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorCode } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import { clientAddressOf, type TrustedProxies } from '@conclave/runtime/front/trusted-proxies';
import { WebSocketServer } from 'ws';
import type { Refusal } from '../event-log/refusals.ts';
import { serveConnection, type ConnectionDeps } from './connection.ts';
import type { Connections } from './connections.ts';
import { createRefusalNotes } from './refusal-notes.ts';

const PATH = '/signal';
const CLOSING_MS = 1_000;
const SOCKET_OPTIONS = {
  noServer: true,
  maxPayload: LIMITS.signalMessageBytes,
  perMessageDeflate: false,
  clientTracking: false,
  handleProtocols: () => false as const,
  // Who does not answer our close is cut off; 30 s, the default, is long for somebody who was told to go.
  closeTimeout: 2_000,
};

/** Signalling over WebSocket. Disposing closes every connection with 4503 and refuses new ones. */
export type SignalServer = AsyncDisposable;

/**
 * Answers WebSocket upgrades of `/signal`. A page of another origin is refused with 403: browsers always send `Origin`.
 * Programs that send none may connect, since nothing ambient is trusted here: the ticket is in the first message.
 */
export function serveSignalling(
  server: Server | TlsServer,
  connections: Connections,
  deps: ConnectionDeps & { trusted: TrustedProxies },
): SignalServer {
  const sockets = new WebSocketServer(SOCKET_OPTIONS);
  const newcomers = new Map<string, number>();
  let closing = false;
  let cancelBeat = deps.timers.schedule(LIMITS.signalPingIntervalMs, beatAll);

  function beatAll(): void {
    for (const connection of connections.all()) connection.beat();
    cancelBeat = deps.timers.schedule(LIMITS.signalPingIntervalMs, beatAll);
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const address = clientAddressOf(request.socket.remoteAddress ?? '', request.headers, deps.trusted);
    const refusal = refusalOf(request, { closing, newcomers: newcomers.get(address) ?? 0 });
    if (refusal) {
      if (ERRORS[refusal.code].http < 500) createRefusalNotes(deps, address || null).noteLater('upgrade', refusal.code, refusal.reason);
      return void socket.end(`HTTP/1.1 ${refusal.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const id = randomUUID();
      const noLongerNew = countNewcomer(newcomers, address);
      const onClosed = () => {
        noLongerNew();
        connections.remove(id);
      };
      connections.add(
        serveConnection(deps, { id, socket: webSocket, stream: socket, address: address || null, onEntered: noLongerNew, onClosed }),
      );
    });
  }

  server.on('upgrade', onUpgrade);
  return {
    [Symbol.asyncDispose]: async () => {
      closing = true;
      cancelBeat();
      await closeAll(connections, deps);
      server.off('upgrade', onUpgrade);
    },
  };
}

interface UpgradeRefusal {
  readonly status: string;
  readonly code: ErrorCode;
  readonly reason?: Refusal['reason'];
}

function refusalOf(request: IncomingMessage, now: { closing: boolean; newcomers: number }): UpgradeRefusal | undefined {
  const [path] = (request.url ?? '').split('?', 1);
  const { origin, host } = request.headers;
  if (path !== PATH) return { status: '404 Not Found', code: 'not_found' };
  if (origin !== undefined && origin !== `https://${host ?? ''}`)
    return { status: '403 Forbidden', code: 'not_allowed', reason: 'foreign_origin' };
  if (now.closing) return { status: '503 Service Unavailable', code: 'maintenance' };
  if (now.newcomers >= LIMITS.signalNewcomersPerAddress) return { status: '429 Too Many Requests', code: 'rate_limited' };
  return undefined;
}

/** Counts a connection of an address until the returned function is called, once or more. */
function countNewcomer(newcomers: Map<string, number>, address: string): () => void {
  newcomers.set(address, (newcomers.get(address) ?? 0) + 1);
  let counted = true;
  return () => {
    if (!counted) return;
    counted = false;
    const left = (newcomers.get(address) ?? 1) - 1;
    if (left > 0) newcomers.set(address, left);
    else newcomers.delete(address);
  };
}

/** Says `maintenance` to everybody; who does not close in a second is cut off. */
async function closeAll(connections: Connections, { timers }: ConnectionDeps): Promise<void> {
  for (const connection of connections.all()) connection.closeFor('maintenance');
  const deadline = Promise.withResolvers<void>();
  const cancel = timers.schedule(CLOSING_MS, () => deadline.resolve());
  await Promise.race([connections.drained(), deadline.promise]);
  cancel();
  for (const connection of connections.all()) connection.terminate();
}
