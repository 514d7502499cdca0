import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { plainAddress } from '../ip-networks.ts';
import type { Log } from '../log.ts';
import type { Timers } from '../timers.ts';
import { createAddressCounts } from './address-counts.ts';
import { onFirstByte } from './first-byte.ts';
import { openHttp2 } from './http2.ts';
import { FRONT_LIMITS, type FrontLimits } from './limits.ts';
import { takeProxyHeader, type Endpoint } from './proxy-protocol.ts';
import { settleForwardedFor, type TrustedProxies } from './trusted-proxies.ts';
import type { TurnPolicy } from './turn-guard.ts';
import { beginsTurn, joinTurn } from './turn-stream.ts';

/** What `tls.createServer` must offer by ALPN for the front; `stun.turn` is RFC 7443. A client that offers none is taken too. */
export const FRONT_ALPN = ['h2', 'http/1.1', 'stun.turn'];

/** A key that seals session tickets opens what was said over TLS 1.2 with any of them, so that it must not live long (RFC 5077 §5.5). */
const TICKET_KEYS_LIFETIME_MS = 6 * 3_600_000;
/** Of Node's `setTicketKeys`. */
const TICKET_KEYS_BYTES = 48;

interface FrontOptions {
  log: Log;
  timers: Timers;
  trusted: TrustedProxies;
  /** Connections of trusted proxies begin with a PROXY header, ahead of TLS; without one they are refused. */
  proxyProtocol?: boolean;
  /** Where coturn takes streams with the PROXY protocol, on loopback, and for whom. Without it TURN streams are ended. */
  turn?: { port: number; policy: TurnPolicy } | undefined;
  limits?: Partial<FrontLimits>;
}

/** A connection from the kernel's accept to its end. */
interface Visitor {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** To be called once it is known what the connection is for. */
  decided(): void;
}

/**
 * Makes one TLS port of an HTTPS server that is not listening yet: after the handshake the first byte tells TURN, which goes on to coturn, from
 * HTTP/1.1; HTTP/2 is told by ALPN. `remoteAddress` of every TLS socket becomes the client's, and `X-Forwarded-For` of every request what
 * trusted proxies said, or nothing. Disposing ends the connections; HTTP/2 has a second for what it is at.
 */
export function openFront(server: Server, options: FrontOptions): AsyncDisposable {
  const { log, timers, trusted, proxyProtocol = false, turn } = options;
  const limits = { ...FRONT_LIMITS, ...options.limits };
  const all = createAddressCounts(limits.connectionsPerAddress);
  const undecided = createAddressCounts(limits.undecidedPerAddress);
  const turnStreams = createAddressCounts(limits.turnStreamsPerAddress);
  const visitors = new Map<string, Visitor>();
  const sockets = new Set<TLSSocket>();
  const http2 = openHttp2(server, { timers, limits });
  server.maxConnections = limits.connections;
  let cancelRotation = rotateTicketKeys();

  function rotateTicketKeys(): () => void {
    server.setTicketKeys(randomBytes(TICKET_KEYS_BYTES));
    return timers.schedule(TICKET_KEYS_LIFETIME_MS, () => (cancelRotation = rotateTicketKeys()));
  }

  async function accept(raw: Socket, shakeHands: (raw: Socket) => void): Promise<void> {
    const key = peerOf(raw);
    const peer = endpoint(raw.remoteAddress, raw.remotePort);
    const destination = endpoint(raw.localAddress, raw.localPort);
    raw.on('error', () => raw.destroy());
    if (key === undefined || !peer || !destination) return void raw.destroy();
    const isProxy = trusted.has(peer.address);
    const source = isProxy && proxyProtocol ? await sourceBehind(raw, peer) : peer;
    const given = source && claim(source.address, isProxy && !proxyProtocol);
    if (!given || raw.destroyed) return void raw.destroy();
    visitors.set(key, { source, destination, decided: given.decided });
    raw.once('close', () => {
      visitors.delete(key);
      given.back();
    });
    shakeHands(raw);
  }

  async function sourceBehind(raw: Socket, peer: Endpoint): Promise<Endpoint | undefined> {
    const late = new AbortController();
    const cancel = timers.schedule(limits.proxyHeaderTimeoutMs, () => late.abort());
    try {
      return (await takeProxyHeader(raw, late.signal)) ?? peer;
    } catch (error) {
      log.warn({ err: error, proxy: peer.address }, 'a trusted proxy sent no PROXY header');
      return undefined;
    } finally {
      cancel();
    }
  }

  function claim(address: string, uncounted: boolean): { decided(): void; back(): void } | undefined {
    if (uncounted) return { decided: () => undefined, back: () => undefined };
    const one = all.take(address);
    const deciding = one && undecided.take(address);
    if (!deciding) {
      one?.();
      log.debug({ address }, 'an address has too many connections');
      return undefined;
    }
    return {
      decided: deciding,
      back: () => {
        deciding();
        one();
      },
    };
  }

  function decide(socket: TLSSocket, serveHttp1: (socket: TLSSocket) => void): void {
    const key = peerOf(socket);
    const visitor = key === undefined ? undefined : visitors.get(key);
    if (!visitor) return void socket.destroy();
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    Object.defineProperty(socket, 'remoteAddress', { value: visitor.source.address });
    if (socket.alpnProtocol === 'h2') {
      visitor.decided();
      return http2.serve(socket);
    }
    onFirstByte(socket, { timers, timeoutMs: limits.firstByteTimeoutMs }, (byte) => {
      visitor.decided();
      if (beginsTurn(byte)) return serveTurn(socket, visitor);
      serveHttp1(socket);
      socket.resume();
    });
  }

  function serveTurn(socket: TLSSocket, { source, destination }: Visitor): void {
    const release = turnStreams.take(source.address);
    if (!turn || !release) return void socket.destroy();
    socket.once('close', release);
    joinTurn({ socket, source, destination, ...turn, timers, log });
  }

  const settle = ({ socket, headers }: IncomingMessage) => settleForwardedFor(socket.remoteAddress ?? '', headers, trusted);
  server.prependListener('request', settle);
  server.prependListener('upgrade', settle);
  intercept<Socket>(server, 'connection', (raw, shakeHands) => void accept(raw, shakeHands));
  intercept<TLSSocket>(server, 'secureConnection', decide);
  return {
    [Symbol.asyncDispose]: async () => {
      cancelRotation();
      await http2[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Puts `handle` in the place of the run time's own listener, which it may go on to call. */
function intercept<S extends Socket>(server: Server, event: string, handle: (socket: S, proceed: (socket: S) => void) => void): void {
  const own = server.listeners(event);
  server.removeAllListeners(event);
  const proceed = (socket: S) => {
    for (const listener of own) listener.call(server, socket);
  };
  server.on(event, (socket: S) => handle(socket, proceed));
}

/** Names a connection by the peer as the kernel sees it, which TCP and TLS socket have in common. */
function peerOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remoteAddress === undefined || remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}

function endpoint(address: string | undefined, port: number | undefined): Endpoint | undefined {
  return address === undefined || port === undefined ? undefined : { address: plainAddress(address), port };
}
