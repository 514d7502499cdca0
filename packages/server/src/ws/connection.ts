import { AppError, ERRORS, type ErrorCode } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import type { ErrorReply } from '@conclave/protocol/signalling/messages';
import type { Clock } from '@conclave/runtime/clock';
import { createLane } from '@conclave/runtime/lane';
import type { Log } from '@conclave/runtime/log';
import { toAppError } from '@conclave/runtime/problem';
import type { Timers } from '@conclave/runtime/timers';
import { createTokenBucket } from '@conclave/runtime/token-bucket';
import type { WebSocket } from 'ws';
import { lose, type JoiningDeps } from '../rooms/joining.ts';
import type { Seat } from '../rooms/live-rooms.ts';
import type { ConnectionId } from '../rooms/session-state.ts';
import { dispatch, type Standing } from './dispatch.ts';
import { parseRequest, type Request } from './parse.ts';

/** One open signalling connection. */
export interface SignalConnection {
  readonly id: ConnectionId;
  /** Sends a message that is text already; a client that does not read is cut off instead. */
  send(text: string): void;
  /** Closes with the close code of an error. */
  closeFor(code: ErrorCode): void;
  /** Asks for a sign of life, or ends a connection that gave none for too long. */
  beat(): void;
  terminate(): void;
}

export interface ConnectionDeps extends JoiningDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

interface ConnectionOptions {
  id: ConnectionId;
  socket: WebSocket;
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
export function serveConnection(deps: ConnectionDeps, { id, socket, onEntered, onClosed }: ConnectionOptions): SignalConnection {
  const { clock, timers } = deps;
  const log = deps.log.child({ connectionId: id });
  const takeToken = createTokenBucket({ burst: LIMITS.signalBurst, perSecond: LIMITS.signalPerSecond, clock, chargesRefused: true });
  const lane = createLane();
  let standing: Standing = { state: 'new' };
  let heardAtMs = clock.nowMs();
  let entryLeftMs: number = LIMITS.signalAuthTimeoutMs;
  let cancelDeadline = awaitEntry();

  const connection: SignalConnection = { id, send, closeFor, beat, terminate: () => socket.terminate() };

  /** Counts only while nothing is being answered: a slow join is waited for, useless requests buy no time. */
  function awaitEntry(): () => void {
    const sinceMs = clock.nowMs();
    const cancel = timers.schedule(entryLeftMs, () => closeFor('sign_in_required'));
    return () => {
      cancel();
      entryLeftMs = Math.max(0, entryLeftMs - (clock.nowMs() - sinceMs));
    };
  }

  function isOpen(): boolean {
    return socket.readyState === socket.OPEN;
  }

  function send(text: string): void {
    if (!isOpen()) return;
    if (socket.bufferedAmount > LIMITS.signalBufferedBytes) {
      log.info('a client that does not read was cut off');
      return socket.terminate();
    }
    socket.send(text);
  }

  function closeFor(code: ErrorCode): void {
    const { ws } = ERRORS[code];
    socket.close(ws === 'reply' ? ERRORS.internal.ws : ws, code);
  }

  function beat(): void {
    if (clock.nowMs() - heardAtMs > LIMITS.signalPongTimeoutMs) return socket.terminate();
    if (isOpen()) socket.ping();
  }

  function fail(requestId: number | undefined, thrown: unknown): void {
    const error = toAppError(thrown);
    const { ws, log: level } = ERRORS[error.code];
    log[level](
      { code: error.code, err: level === 'error' || level === 'warn' ? (error.cause ?? error) : undefined },
      'signalling request failed',
    );
    if (requestId !== undefined) send(JSON.stringify(errorReply(requestId, error)));
    if (ws !== 'reply') closeFor(error.code);
    else if (requestId === undefined) socket.close(INVALID_DATA, error.code);
  }

  function receive(data: Buffer, isBinary: boolean): void {
    heardAtMs = clock.nowMs();
    if (isBinary) return socket.close(UNSUPPORTED_DATA, 'bad_request');
    const { over, retryAfterMs } = takeToken();
    if (over > LIMITS.signalBurst) return fail(undefined, new AppError('rate_limited'));
    const parsed = parseRequest(data);
    if (!parsed.ok) return fail(parsed.id, new AppError('bad_request'));
    // The first warnings are answers; who goes on is closed above.
    if (over > 0) return send(JSON.stringify(errorReply(parsed.request.id, new AppError('rate_limited', { details: { retryAfterMs } }))));
    enqueue(parsed.request);
  }

  function enqueue(request: Request): void {
    const answered = lane
      .run(() => answer(request))
      .finally(() => {
        if (socket.isPaused && lane.pending < LIMITS.signalPendingRequests) socket.resume();
      });
    if (lane.pending >= LIMITS.signalPendingRequests) socket.pause();
    deps.background(answered);
  }

  async function answer(request: Request): Promise<void> {
    if (!isOpen()) return;
    const wasNew = standing.state === 'new';
    if (wasNew) cancelDeadline();
    try {
      const reply = (data: unknown) => send(JSON.stringify({ id: request.id, ok: true, data }));
      standing = await dispatch(deps, request, standing, { connectionId: id, isOpen, reply });
      if (standing.state === 'joined' && wasNew) entered(standing.seat);
      if (standing.state === 'left') socket.close(LEFT);
    } catch (error) {
      fail(request.id, error);
    }
    if (standing.state === 'new' && isOpen()) cancelDeadline = awaitEntry();
  }

  function entered(seat: Seat): void {
    onEntered();
    // Closed while the media path was being made: the participant reconnects or the grace runs out.
    if (!isOpen()) lose(seat, id, false);
  }

  function close(code: number): void {
    cancelDeadline();
    if (standing.state === 'joined') lose(standing.seat, id, code === GOING_AWAY);
    onClosed();
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
  socket.on('error', (error) => log.debug({ err: error }, 'a signalling connection broke'));
  socket.on('close', (code) => guarded(() => close(code)));
  return connection;
}

function errorReply(id: number, error: AppError): ErrorReply {
  const { paths, retryAfterMs } = error.details ?? {};
  return { id, ok: false, code: error.code, ...(paths && { details: { paths } }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
