import { AppError, ERRORS, type ErrorCode } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import type { ErrorReply } from '@conclave/protocol/signalling/messages';
import { createLane } from '@conclave/runtime/lane';
import { createTokenBucket } from '@conclave/runtime/token-bucket';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { lose } from '../rooms/joining.ts';
import type { ConnectionId } from '../rooms/session-state.ts';
import { dispatch, verbOf, type Standing } from './dispatch.ts';
import { parseRequest, type Request } from './parse.ts';
import { createRefusalNotes, type Identified } from './refusal-notes.ts';
import type { SignalDeps } from './table.ts';

/** A message; in UTF-8 where many get the same. */
type Text = string | Buffer;

/** One open signalling connection. */
export interface SignalConnection {
  readonly id: ConnectionId;
  /** Sends a message that is text already, behind what waits; a client that does not read is cut off instead. */
  send(text: Text): void;
  /** Keeps a message back until something else is sent, the connection is closed, or `flush`. */
  sendLater(text: Text): void;
  flush(): void;
  /** Closes with the close code of an error. */
  closeFor(code: ErrorCode): void;
  /** Asks for a sign of life, or ends a connection that gave none for too long. */
  beat(): void;
  terminate(): void;
}

export type ConnectionDeps = SignalDeps;

interface ConnectionOptions {
  id: ConnectionId;
  socket: WebSocket;
  /** What `socket` writes to. */
  stream: Duplex;
  /** IPv4 or IPv6 of the client; null when it is gone already. */
  address: string | null;
  /** The connection is known from now on, or not any more. */
  onEntered(): void;
  onClosed(): void;
}

/** The page said that it goes away (RFC 6455 §7.4.1): reloaded, closed, navigated. */
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;
const INVALID_DATA = 1007;
const LEFT = 1000;

/**
 * Serves one connection: its requests one after the other, in order. Whatever it sends ends at most itself.
 */
export function serveConnection(deps: ConnectionDeps, options: ConnectionOptions): SignalConnection {
  const { id, socket, stream, address, onEntered, onClosed } = options;
  const { clock, timers } = deps;
  const log = deps.log.child({ connectionId: id });
  const takeToken = createTokenBucket({ burst: LIMITS.signalBurst, perSecond: LIMITS.signalPerSecond, clock, chargesRefused: true });
  const lane = createLane();
  const notes = createRefusalNotes({ refusals: deps.refusals, log }, address);
  let standing: Standing = { state: 'new' };
  let heardAtMs = clock.nowMs();
  let entryLeftMs: number = LIMITS.signalAuthTimeoutMs;
  let cancelDeadline = awaitEntry();
  let later: Text[] = [];

  const connection: SignalConnection = {
    id,
    send,
    sendLater: (text) => void later.push(text),
    flush,
    closeFor: dismiss,
    beat,
    terminate: () => socket.terminate(),
  };

  /** Counts only while nothing is being answered: a slow join is waited for, useless requests buy no time. */
  function awaitEntry(): () => void {
    const sinceMs = clock.nowMs();
    const cancel = timers.schedule(entryLeftMs, () => refuse('deadline', 'sign_in_required'));
    return () => {
      cancel();
      entryLeftMs = Math.max(0, entryLeftMs - (clock.nowMs() - sinceMs));
    };
  }

  function isOpen(): boolean {
    return socket.readyState === socket.OPEN;
  }

  function send(text: Text): void {
    later.push(text);
    flush();
  }

  function flush(): void {
    const texts = later;
    later = [];
    if (texts.length === 0 || !isOpen()) return;
    if (socket.bufferedAmount > LIMITS.signalBufferedBytes) {
      log.info('a client that does not read was cut off');
      return socket.terminate();
    }
    // In one piece for the kernel and in one TLS record: most of what a small message costs is the system call.
    stream.cork();
    for (const text of texts) socket.send(text, { binary: false });
    stream.uncork();
  }

  function closeFor(code: ErrorCode): void {
    const { ws } = ERRORS[code];
    flush();
    socket.close(ws === 'reply' ? ERRORS.internal.ws : ws, code);
  }

  /** Closes for a reason that does not lie in what was sent. */
  function dismiss(code: ErrorCode): void {
    if (code === 'replaced' && standing.state === 'joined') notes.noteLater('replaced', code);
    closeFor(code);
  }

  /** Closes at once, without an answer. */
  function refuse(verb: string, code: ErrorCode, closeCode?: number): void {
    notes.noteLater(verb, code);
    log[ERRORS[code].log]({ code, verb }, 'signalling connection refused');
    if (closeCode === undefined) closeFor(code);
    else socket.close(closeCode, code);
  }

  function beat(): void {
    if (clock.nowMs() - heardAtMs > LIMITS.signalPongTimeoutMs) return socket.terminate();
    if (isOpen()) socket.ping();
  }

  async function fail(requestId: number, verb: string, thrown: unknown): Promise<void> {
    const error = await notes.noted(verb, thrown);
    const { ws, log: level } = ERRORS[error.code];
    log[level](
      { code: error.code, err: level === 'error' || level === 'warn' ? (error.cause ?? error) : undefined },
      'signalling request failed',
    );
    send(JSON.stringify(errorReply(requestId, error)));
    if (ws !== 'reply') closeFor(error.code);
  }

  function receive(data: Buffer, isBinary: boolean): void {
    heardAtMs = clock.nowMs();
    // What is still on its way when we have closed is neither answered nor counted.
    if (!isOpen()) return;
    if (isBinary) return refuse('malformed', 'bad_request', UNSUPPORTED_DATA);
    const { over, retryAfterMs } = takeToken();
    if (over > LIMITS.signalBurst) return refuse('flood', 'rate_limited');
    const parsed = parseRequest(data);
    if (!parsed.ok) {
      const { id: requestId } = parsed;
      if (requestId === undefined) return refuse('malformed', 'bad_request', INVALID_DATA);
      return enqueue(() => fail(requestId, 'malformed', new AppError('bad_request')));
    }
    const { request } = parsed;
    // The first warnings are answers; who goes on is closed above.
    if (over > 0) return warn(request, retryAfterMs);
    enqueue(() => answer(request));
  }

  function warn(request: Request, retryAfterMs: number): void {
    notes.noteLater(verbOf(request.type), 'rate_limited');
    send(JSON.stringify(errorReply(request.id, new AppError('rate_limited', { details: { retryAfterMs } }))));
  }

  function enqueue(task: () => Promise<void>): void {
    const answered = lane.run(task).finally(() => {
      if (socket.isPaused && lane.pending < LIMITS.signalPendingRequests) socket.resume();
    });
    if (lane.pending >= LIMITS.signalPendingRequests) socket.pause();
    deps.background(answered);
  }

  async function answer(request: Request): Promise<void> {
    if (!isOpen()) return;
    const before = standing;
    if (before.state === 'new') cancelDeadline();
    try {
      const reply = (data: unknown) => send(JSON.stringify({ id: request.id, ok: true, data }));
      standing = await dispatch(deps, request, standing, { connectionId: id, address, isOpen, reply });
      if (standing !== before) moved(before, standing);
      if (standing.state === 'left') socket.close(LEFT);
    } catch (error) {
      await fail(request.id, verbOf(request.type), error);
    }
    if (standing.state === 'new' && isOpen()) cancelDeadline = awaitEntry();
  }

  function moved(before: Standing, now: Standing): void {
    const who = whoIs(now);
    if (who) notes.identify(who);
    // Who knocked again from the same connection has left the place before.
    if (before.state === 'lobby' && !(now.state === 'lobby' && now.knockId === before.knockId)) deps.lobby.lose(before.knockId, id);
    onEntered();
    // Closed while the media path was being made: the participant reconnects or the grace runs out.
    if (!isOpen()) lost(false);
  }

  /** Who has left is still the same for what comes after it. */
  function whoIs(now: Standing): Identified | undefined {
    if (now.state === 'joined') return { by: now.seat.by, place: now.seat.session.place };
    return now.state === 'lobby' ? deps.lobby.whoIs(now.knockId) : undefined;
  }

  function lost(goodbye: boolean): void {
    if (standing.state === 'joined') lose(standing.seat, id, goodbye);
    else if (standing.state === 'lobby') deps.lobby.lose(standing.knockId, id);
  }

  function close(code: number): void {
    cancelDeadline();
    lost(code === GOING_AWAY);
    onClosed();
  }

  /** `ws` closes by itself what breaks the protocol (RFC 6455) or is too large. */
  function fault(error: Error & { code?: string }): void {
    log.debug({ err: error }, 'a signalling connection broke');
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') notes.noteLater('malformed', 'too_large');
    else if (error.code?.startsWith('WS_ERR_')) notes.noteLater('malformed', 'bad_request');
  }

  /** A fault of ours ends this connection and not the process. */
  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error({ err: error }, 'a signalling connection was cut off after a fault');
      socket.terminate();
    }
  }

  socket.on('message', (data, isBinary) => guarded(() => receive(data as Buffer, isBinary))); // one Buffer: the default `binaryType` of ws
  socket.on('pong', () => (heardAtMs = clock.nowMs()));
  socket.on('error', (error) => guarded(() => fault(error)));
  socket.on('close', (code) => guarded(() => close(code)));
  return connection;
}

function errorReply(id: number, error: AppError): ErrorReply {
  const { paths, retryAfterMs } = error.details ?? {};
  return { id, ok: false, code: error.code, ...(paths && { details: { paths } }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
