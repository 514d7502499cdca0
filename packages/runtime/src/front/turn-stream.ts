import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Timers } from '../timers.ts';
import { encodeProxyHeader, type Endpoint } from './proxy-protocol.ts';

const CONNECT_TIMEOUT_MS = 3_000;
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
  timers: Timers;
}

/** Joins a decrypted stream with the TURN server on loopback, told by a PROXY header whose it is. When one side ends, both do. */
export function joinTurn({ socket, source, destination, port, timers }: TurnStream): void {
  const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
  const end = () => {
    cancel();
    socket.destroy();
    upstream.destroy();
  };
  const cancel = timers.schedule(CONNECT_TIMEOUT_MS, end);
  upstream.once('connect', cancel);
  for (const side of [socket, upstream]) side.on('error', end).once('close', end);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  upstream.write(encodeProxyHeader(source, destination));
  socket.pipe(upstream);
  upstream.pipe(socket);
}
