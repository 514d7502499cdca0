import { NodeMessage, type JournalAck, type JournalLine, type JournalStart, type MediaEvent } from '@conclave/protocol/media-api/internal';
import type { Log } from '@conclave/runtime/log';
import { internalHostName } from '@conclave/runtime/internal-identity';
import type { Timers } from '@conclave/runtime/timers';
import type { TlsIdentity } from '@conclave/runtime/tls-options';
import { WebSocket, type RawData } from 'ws';

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
const PING_INTERVAL_MS = 5_000;
const LARGEST_EVENT_BYTES = 64 * 1024 * 1024;

/** The stream of what the media node tells. */
export interface MediaEvents extends AsyncDisposable {
  /** Whether the node is there and its snapshot was heard. */
  isConnected(): boolean;
  /** Resolves once the first snapshot was heard. */
  readonly firstHello: Promise<void>;
}

/** Takes the journal of the media node. */
export interface JournalReader {
  /** A connection begins: the node tells again whatever was not acknowledged. `acknowledge` is good for this connection. */
  begin(start: JournalStart, acknowledge: (upTo: number) => void): void;
  take(line: JournalLine): void;
}

interface MediaEventsOptions {
  url: string;
  identity: Required<TlsIdentity>;
  log: Log;
  timers: Timers;
  /** Called in order. What it throws is logged: one bad event must not end the stream. */
  onEvent(event: MediaEvent): void;
  journal: JournalReader;
}

/**
 * Listens to the media node and connects again whenever the connection breaks. Each connection begins with `node.hello`,
 * the truth about all that was missed.
 */
export function followMediaEvents(options: MediaEventsOptions): MediaEvents {
  const { log, timers, identity } = options;
  const url = new URL('/internal/v1/events', options.url.replace(/^http/, 'ws'));
  const hello = Promise.withResolvers<void>();
  let socket: WebSocket | undefined;
  let connected = false;
  let delayMs = FIRST_DELAY_MS;
  let stopped = false;
  let cancelTimer = (): void => undefined;

  function open(): void {
    const tls = { ...identity, servername: internalHostName('media') };
    const current = new WebSocket(url, { ...tls, handshakeTimeout: 3_000, perMessageDeflate: false, maxPayload: LARGEST_EVENT_BYTES });
    socket = current;
    let alive = true;
    const beat = (): void => {
      if (!alive) return current.terminate();
      alive = false;
      current.ping();
      cancelTimer = timers.schedule(PING_INTERVAL_MS, beat);
    };
    current.on('open', beat);
    current.on('pong', () => (alive = true));
    current.on('message', (data) => receive(current, data));
    current.on('error', (error) => log.debug({ err: error }, 'the connection to the media node failed'));
    current.on('close', reconnect);
  }

  function acknowledge(current: WebSocket, upTo: number): void {
    const ack: JournalAck = { type: 'journal.ack', upTo };
    if (current.readyState === WebSocket.OPEN) current.send(JSON.stringify(ack));
  }

  function receive(current: WebSocket, data: RawData): void {
    const parsed = parseMessage(data);
    if (!parsed) {
      log.error('the media node sent what is no event');
      return current.terminate();
    }
    if (parsed.type === 'journal.entry') return options.journal.take(parsed);
    if (parsed.type === 'journal.started') return options.journal.begin(parsed, (upTo) => acknowledge(current, upTo));
    if (parsed.type === 'node.hello') {
      if (!connected) log.info({ bootId: parsed.bootId, participants: parsed.participants.length }, 'the media node is there');
      connected = true;
      delayMs = FIRST_DELAY_MS;
    }
    try {
      options.onEvent(parsed);
    } catch (error) {
      log.error({ err: error, event: parsed.type }, 'an event of the media node could not be applied');
    }
    if (connected) hello.resolve();
  }

  function reconnect(): void {
    cancelTimer();
    if (connected) log.warn('the media node is away');
    connected = false;
    if (stopped) return;
    cancelTimer = timers.schedule(delayMs, open);
    delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS);
  }

  open();
  return {
    isConnected: () => connected,
    firstHello: hello.promise,
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      cancelTimer();
      socket?.terminate();
    },
  };
}

function parseMessage(data: RawData): NodeMessage | undefined {
  try {
    // `ws` gives one Buffer unless told otherwise.
    return NodeMessage.parse(JSON.parse((data as Buffer).toString('utf8')));
  } catch {
    return undefined;
  }
}
