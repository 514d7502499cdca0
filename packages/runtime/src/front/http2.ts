import type { Server } from 'node:https';
import {
  createSecureServer,
  constants,
  type Http2SecureServer,
  type Http2ServerRequest,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Timers } from '../timers.ts';
import type { FrontLimits } from './limits.ts';

const CLOSING_MS = 1_000;
/** Sent by a client before we acknowledge any of it: 64 KiB, the default, is 5 Mbit/s to somebody 100 ms away. */
const WINDOW_BYTES = 1024 * 1024;

/** Takes TLS sockets that agreed on `h2`. */
export interface Http2Door extends AsyncDisposable {
  serve(socket: unknown): void;
}

/**
 * HTTP/2 in front of a server for HTTP/1.1: each request is handed to that server's own `request` listeners in the form that both have in common.
 * WebSocket stays with HTTP/1.1: extended CONNECT is not offered (RFC 8441), and a plain CONNECT gets 405.
 */
export function openHttp2(server: Server, { timers, limits }: { timers: Timers; limits: FrontLimits }): Http2Door {
  const sessions = new Set<ServerHttp2Session>();
  const inner: Http2SecureServer = createSecureServer({
    settings: { maxConcurrentStreams: 100, enablePush: false, maxHeaderListSize: 16_384, initialWindowSize: WINDOW_BYTES },
    maxHeaderListPairs: 100,
    maxSessionMemory: 4,
  });
  inner.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(WINDOW_BYTES);
    session.once('close', () => sessions.delete(session));
    session.setTimeout(limits.idleTimeoutMs, () => session.close());
  });
  // Errors of one connection are its own affair; without a listener Node would end the process.
  inner.on('sessionError', () => undefined);
  inner.on('stream', (stream) => limitTime(stream, { timers, limits }));
  inner.on('request', (request, reply) => {
    takeAuthority(request);
    server.emit('request', request, reply);
  });
  return {
    serve: (socket) => void inner.emit('secureConnection', socket),
    [Symbol.asyncDispose]: async () => {
      const late = Promise.withResolvers<void>();
      const cancel = timers.schedule(CLOSING_MS, () => late.resolve());
      const closed = [...sessions].map((session) => new Promise<void>((resolve) => session.close(resolve)));
      await Promise.race([Promise.all(closed), late.promise]);
      cancel();
      for (const session of sessions) session.destroy();
    },
  };
}

/** What HTTP/1.1 says in `Host`, HTTP/2 says in `:authority` (RFC 9113 §8.3.1); a `Host` beside it must not tell another story. */
function takeAuthority(request: Http2ServerRequest): void {
  if (request.authority) request.headers.host = request.authority;
}

function limitTime(stream: ServerHttp2Stream, { timers, limits }: { timers: Timers; limits: FrontLimits }): void {
  const cut = () => stream.close(constants.NGHTTP2_CANCEL);
  stream.setTimeout(limits.idleTimeoutMs, cut);
  if (stream.endAfterHeaders) return;
  const cancel = timers.schedule(limits.requestTimeoutMs, cut);
  stream.once('end', cancel);
  stream.once('close', cancel);
}
