import { AppError } from '@conclave/protocol/errors';
import {
  ErrorReply,
  NOTIFICATIONS,
  REQUESTS,
  type Notification,
  type NotificationType,
  type ReplyData,
  type RequestData,
  type RequestType,
} from '@conclave/protocol/signalling/messages';

const REQUEST_TIMEOUT_MS = 10_000;
/** As often as the server looks; a dead path is noticed after at most interval + timeout. */
const PING_INTERVAL_MS = 8_000;
const PING_TIMEOUT_MS = 4_000;
/** Ours, for a connection that will have a successor; browsers allow 1000 and 3000–4999 only. */
const CLOSE_COMING_BACK = 4000;

/** A request that got no answer: the connection closed, was silent for too long, or answered with something unreadable. */
export class SignallingLost extends Error {
  /** null when the connection was not closed by the other side. */
  readonly closeCode: number | null;
  /** The connection may still be good, only this request got no answer in time. */
  readonly timedOut: boolean;

  constructor(why: string, options: { closeCode?: number; timedOut?: boolean } = {}) {
    super(why);
    this.name = 'SignallingLost';
    this.closeCode = options.closeCode ?? null;
    this.timedOut = options.timedOut ?? false;
  }
}

/** A refusal with the wait that the server asks for. */
export class SignallingRefused extends AppError {
  readonly retryAfterMs: number | undefined;

  constructor(reply: ErrorReply) {
    super(reply.code);
    this.retryAfterMs = reply.retryAfterMs;
  }
}

interface PendingRequest {
  type: RequestType;
  resolve(data: unknown): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

export interface SignallingHandlers {
  onNotification(notification: Notification): void;
  /** Once, also when the connection could never be opened. `code` is 1006 then. Not after `close()`. */
  onClosed(code: number): void;
}

/** One WebSocket connection. It is never opened twice: a new connection is a new one of these. */
export interface SignallingConnection {
  /** Resolves when open; rejects with SignallingLost. */
  opened: Promise<void>;
  closed(): boolean;
  /** Rejects with SignallingRefused (the server's code) or SignallingLost. Sent once the connection is open. */
  request<T extends RequestType>(type: T, data: RequestData<T>, options?: { timeoutMs?: number }): Promise<ReplyData<T>>;
  /** Asks at once whether the connection still lives; closes it (and so tells `onClosed`) if it does not answer in `timeoutMs`. */
  probe(timeoutMs?: number): void;
  /** 1000 says goodbye for good; by default the server expects us back. */
  close(code?: 1000): void;
}

/** Opens `wss://…/signal`. `url` is absolute. */
export function openSignalling(url: string, handlers: SignallingHandlers): SignallingConnection {
  const socket = new WebSocket(url);
  const pending = new Map<number, PendingRequest>();
  const aborter = new AbortController();
  const on = { signal: aborter.signal };
  let nextId = 1;
  let pinger: ReturnType<typeof setInterval> | undefined;

  const opened = new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), on);
    aborter.signal.addEventListener('abort', () => reject(aborter.signal.reason as Error)); // finish() is the only one that aborts
  });
  opened.catch(() => {}); // whoever sends a request hears of it there

  const finish = (error: SignallingLost) => {
    aborter.abort(error);
    clearInterval(pinger);
    for (const request of pending.values()) {
      clearTimeout(request.timer);
      request.reject(error);
    }
    pending.clear();
  };
  const drop = (code: number) => {
    if (aborter.signal.aborted) return;
    finish(new SignallingLost(`closed with ${code}`, { closeCode: code }));
    handlers.onClosed(code);
  };

  const send = <T extends RequestType>(type: T, data: RequestData<T>, timeoutMs: number) =>
    new Promise<unknown>((resolve, reject) => {
      if (aborter.signal.aborted) return reject(aborter.signal.reason as Error); // as above
      const id = nextId++;
      const timer = setTimeout(() => {
        pending.delete(id);
        reject(new SignallingLost(`${type} was not answered`, { timedOut: true }));
      }, timeoutMs);
      pending.set(id, { type, resolve, reject, timer });
      socket.send(JSON.stringify({ id, type, data }));
    });

  const connection: SignallingConnection = {
    opened,
    closed: () => aborter.signal.aborted,
    request: async (type, data, options = {}) => {
      await opened;
      const reply = await send(type, data, options.timeoutMs ?? REQUEST_TIMEOUT_MS);
      const parsed = REQUESTS[type].reply.safeParse(reply);
      if (!parsed.success) throw new SignallingLost(`unreadable reply to ${type}`);
      return parsed.data as ReplyData<typeof type>; // parsed by the very schema that ReplyData is inferred from
    },
    probe: (timeoutMs = PING_TIMEOUT_MS) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      send('connection.ping', {}, timeoutMs).catch((error: unknown) => {
        // A refusal is an answer too.
        if (!(error instanceof SignallingLost) || aborter.signal.aborted) return;
        socket.close(CLOSE_COMING_BACK);
        drop(1006);
      });
    },
    close: (code) => {
      finish(new SignallingLost('closed by the page'));
      socket.close(code ?? CLOSE_COMING_BACK);
    },
  };

  socket.addEventListener(
    'open',
    () => {
      pinger = setInterval(() => connection.probe(), PING_INTERVAL_MS);
    },
    on,
  );
  socket.addEventListener('close', (event) => drop(event.code), on);
  socket.addEventListener('message', (event) => receive(event.data, pending, handlers.onNotification), on);
  return connection;
}

function receive(text: unknown, pending: Map<number, PendingRequest>, onNotification: (notification: Notification) => void): void {
  const message = parseJson(text);
  if (message === null) return;
  if (typeof message.id === 'number') {
    const request = pending.get(message.id);
    if (request === undefined) return; // answered after its timeout
    pending.delete(message.id);
    clearTimeout(request.timer);
    settle(request, message);
    return;
  }
  const notification = parseNotification(message);
  if (notification !== null) onNotification(notification);
}

function settle(request: PendingRequest, message: Record<string, unknown>): void {
  if (message.ok === true) return request.resolve(message.data);
  const refusal = ErrorReply.safeParse(message);
  request.reject(refusal.success ? new SignallingRefused(refusal.data) : new SignallingLost(`unreadable reply to ${request.type}`));
}

/** null for what this version does not know: a newer server may say more. */
export function parseNotification(message: Record<string, unknown>): Notification | null {
  if (typeof message.type !== 'string' || !Object.hasOwn(NOTIFICATIONS, message.type)) return null;
  const type = message.type as NotificationType; // an own key of the table
  const parsed = NOTIFICATIONS[type].safeParse(message.data);
  return parsed.success ? ({ type, data: parsed.data } as Notification) : null; // type and schema come from the same row
}

function parseJson(text: unknown): Record<string, unknown> | null {
  if (typeof text !== 'string') return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
