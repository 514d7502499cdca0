import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../log.ts';
import type { Timers } from '../timers.ts';
import { encodeProxyHeader, type Endpoint } from './proxy-protocol.ts';
import { createTurnGuard, type TurnPolicy } from './turn-guard.ts';

const CONNECT_TIMEOUT_MS = 3_000;
/** An allocation takes two round trips; whoever has shown no good credential by then only holds a place. */
const ADMISSION_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 60_000;

/**
 * Whether a stream that begins so is STUN or TURN: the two highest bits of a STUN message are zero and its methods are few (RFC 8489 §5), so
 * that the first byte is 0x00–0x03. ChannelData (0x40–0x4F, RFC 8656 §12.4) needs an allocation and never comes first; HTTP begins with a letter.
 */
export function beginsTurn(firstByte: number): boolean {
  return firstByte < 4;
}

interface TurnStream {
  /** The TLS socket, paused. */
  socket: TLSSocket;
  source: Endpoint;
  destination: Endpoint;
  port: number;
  policy: TurnPolicy;
  timers: Timers;
  log: Log;
}

/**
 * Joins a decrypted stream with the TURN server on loopback, told by a PROXY header whose it is, as long as the policy likes what the client
 * says. When one side ends, both do.
 */
export function joinTurn({ socket, source, destination, port, policy, timers, log }: TurnStream): void {
  const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
  const guard = createTurnGuard(policy, end);
  const cancel = timers.schedule(CONNECT_TIMEOUT_MS, end);
  const cancelIdle = timers.schedule(ADMISSION_TIMEOUT_MS, () => {
    if (!guard.isAdmitted()) end();
  });

  function end(): void {
    cancel();
    cancelIdle();
    guard.ended();
    socket.destroy();
    upstream.destroy();
  }

  upstream.once('connect', cancel);
  for (const side of [socket, upstream]) side.on('error', end).once('close', end);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  upstream.write(encodeProxyHeader(source, destination));
  socket.on('data', (piece: Buffer) => {
    const passed = guard.look(piece);
    if (typeof passed === 'string') {
      log.info({ fault: passed, address: source.address }, 'a TURN stream was ended');
      return end();
    }
    for (const part of passed) if (!upstream.write(part)) socket.pause();
  });
  upstream.on('drain', () => socket.resume());
  upstream.pipe(socket);
  socket.resume();
}
