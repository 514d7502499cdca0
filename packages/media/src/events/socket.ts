import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { MediaEvent } from '@conclave/protocol/media-api/internal';
import { peerName } from '@conclave/runtime/internal-identity';
import type { Log } from '@conclave/runtime/log';
import { WebSocket, WebSocketServer } from 'ws';
import type { EventHub } from './hub.ts';

const PATH = '/internal/v1/events';
/** A reader that is so far behind is cut off; when it comes back the snapshot makes it current. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
const PING_EVERY_MS = 10_000;

interface EventSocketOptions {
  server: Server;
  hub: EventHub;
  log: Log;
  snapshot(): MediaEvent[];
}

/**
 * Serves the events as a WebSocket to the part `server` alone: first the snapshot, then each event. One-way: the reader has nothing to
 * say. A dead reader is noticed within 20 s.
 */
export function serveEvents({ server, hub, log, snapshot }: EventSocketOptions): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });

  function follow(socket: WebSocket): void {
    const send = (text: string) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(text);
      if (socket.bufferedAmount <= MAX_BUFFERED_BYTES) return;
      log.warn({ bufferedBytes: socket.bufferedAmount }, 'a reader of events is too slow and was cut off');
      socket.terminate();
    };
    for (const event of snapshot()) send(JSON.stringify(event));
    const stop = hub.listen(send);
    const stopPings = keepAlive(socket);
    socket.on('message', () => socket.close(1008));
    socket.on('error', (error) => log.debug({ err: error }, 'the event socket failed'));
    socket.on('close', () => {
      stop();
      stopPings();
    });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const trusted = socket instanceof TLSSocket && peerName(socket) === 'server';
    if (request.url !== PATH || !trusted) {
      socket.end(`HTTP/1.1 ${request.url === PATH ? '403 Forbidden' : '404 Not Found'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, follow);
  }

  server.on('upgrade', upgrade);
  return {
    close() {
      server.off('upgrade', upgrade);
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_EVERY_MS).unref();
  return () => clearInterval(timer);
}
