import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { JournalAck, type JournalStart, type MediaEvent } from '@conclave/protocol/media-api/internal';
import { peerName } from '@conclave/runtime/internal-identity';
import type { Log } from '@conclave/runtime/log';
import { WebSocket, WebSocketServer } from 'ws';
import type { Journal } from '../journal/journal.ts';
import type { EventHub } from './hub.ts';

const PATH = '/internal/v1/events';
/** A reader that is so far behind is cut off; when it comes back the snapshot makes it current. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** Lines of the journal that a reader is told ahead of its acknowledgement; the others wait here, not in the reader's memory. */
const JOURNAL_WINDOW = 1_000;
const PING_EVERY_MS = 10_000;

interface EventSocketOptions {
  server: Server;
  hub: EventHub;
  journal: Journal;
  log: Log;
  snapshot(): MediaEvent[];
  /** What is open now. */
  producerIds(): JournalStart['producerIds'];
}

export interface EventSocket {
  /** Resolves when the journal is stored, nobody is there who could, or `timeoutMs` are over. */
  drained(timeoutMs: number): Promise<void>;
  close(): void;
}

/**
 * Serves the events as a WebSocket to the part `server` alone: first the snapshot, then each event, and the journal from its first line
 * that was not acknowledged. The reader acknowledges the journal and has nothing else to say. A dead reader is noticed within 20 s.
 */
export function serveEvents({ server, hub, journal, log, snapshot, producerIds }: EventSocketOptions): EventSocket {
  const drains = new Set<() => void>();
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
    const acknowledged = journal.acknowledged();
    const start: JournalStart = { type: 'journal.started', acknowledged, upTo: acknowledged + journal.size(), producerIds: producerIds() };
    send(JSON.stringify(start));
    const stop = hub.listen(send);
    const telling = tellJournal(journal, send);
    const stopPings = keepAlive(socket);
    socket.on('message', (data: Buffer) => {
      const upTo = parseAck(data);
      if (upTo === undefined) return socket.close(1008);
      journal.acknowledge(upTo);
      telling.goOn();
      for (const check of drains) check();
    });
    socket.on('error', (error) => log.debug({ err: error }, 'the event socket failed'));
    socket.on('close', () => {
      stop();
      telling.stop();
      stopPings();
      for (const check of drains) check();
    });
  }

  async function drained(timeoutMs: number): Promise<void> {
    const done = Promise.withResolvers<void>();
    const check = () => {
      if (journal.size() === 0 || hub.listeners === 0) done.resolve();
    };
    drains.add(check);
    check();
    await Promise.race([done.promise, sleep(timeoutMs, undefined, { ref: false })]);
    drains.delete(check);
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
    drained,
    close() {
      server.off('upgrade', upgrade);
      for (const socket of sockets.clients) socket.terminate();
    },
  };
}

/** Tells one reader the journal, many lines in a turn of the event loop, so that whoever writes a line does not wait for it. */
function tellJournal(journal: Journal, send: (text: string) => void): { goOn(): void; stop(): void } {
  let told = journal.acknowledged();
  let turn: NodeJS.Immediate | undefined;
  const tell = () => {
    turn = undefined;
    told = Math.max(told, journal.acknowledged());
    for (const line of journal.linesAfter(told, journal.acknowledged() + JOURNAL_WINDOW - told)) {
      told = line.n;
      send(JSON.stringify(line));
    }
  };
  const goOn = () => void (turn ??= setImmediate(tell));
  const stop = journal.onAppended(goOn);
  goOn();
  return {
    goOn,
    stop: () => {
      stop();
      clearImmediate(turn);
    },
  };
}

function parseAck(data: Buffer): number | undefined {
  try {
    return JournalAck.parse(JSON.parse(data.toString('utf8'))).upTo;
  } catch {
    return undefined;
  }
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
