import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { createAddressCounts } from '@conclave/runtime/front/address-counts';

const CONNECTIONS_PER_ADDRESS = 50;
const CHALLENGE = /^\/\.well-known\/acme-challenge\/([A-Za-z0-9_-]{1,128})$/;

/** Answers to ACME challenges that are open at the moment: token → key authorisation (RFC 8555 §8.3). */
export type OpenChallenges = ReadonlyMap<string, string>;

/**
 * The plain HTTP port: for every method and path the same place over HTTPS, and nothing else but the answers to open ACME challenges.
 * 308 keeps method and body. The target is the host that was asked for if it is ours, so that a forged `Host` leads nowhere else. What is no
 * HTTP/1.x is answered the same: HTTP/0.9, unknown methods, CONNECT, headers that are too long.
 */
export function buildRedirect(origin: string, challenges: OpenChallenges = new Map()): Server {
  const counts = createAddressCounts(CONNECTIONS_PER_ADDRESS);
  const answer = (request: IncomingMessage, reply: ServerResponse) => {
    const keyAuthorization = challenges.get(CHALLENGE.exec(request.url ?? '')?.[1] ?? '');
    if (keyAuthorization !== undefined && (request.method === 'GET' || request.method === 'HEAD')) {
      reply.writeHead(200, { 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff', connection: 'close' });
      return void reply.end(keyAuthorization);
    }
    reply.writeHead(308, { location: targetOf(origin, request), 'content-length': 0, connection: 'close' }).end();
  };
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 5_000,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16_384,
      keepAliveTimeout: 1_000,
      requireHostHeader: false,
    },
    answer,
  );
  // Without these Node answers 100, 417 or nothing.
  server.on('checkContinue', answer).on('checkExpectation', answer);
  server.on('connect', (_request, socket) => answerRaw(socket, new URL('/', origin).href));
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.destroy();
    const [, path = '/'] = /^\S{1,32} (\/[!-~]{0,2000})/.exec(error.rawPacket?.toString('latin1') ?? '') ?? [];
    answerRaw(socket, `${origin}${pathOf(path)}`);
  });
  server.on('connection', (socket) => {
    const release = counts.take(socket.remoteAddress ?? '');
    if (release) socket.once('close', release);
    else socket.destroy();
  });
  server.maxConnections = 1_000;
  return server;
}

function answerRaw(socket: Duplex, location: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 308 Permanent Redirect\r\nLocation: ${location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, () =>
    socket.destroy(),
  );
}

function targetOf(origin: string, request: IncomingMessage): string {
  return `${targetOrigin(origin, request.headers.host)}${pathOf(request.url)}`;
}

/** `https://<label>.<host>` for a team's host, otherwise the plain host. */
export function targetOrigin(origin: string, hostHeader: string | undefined): string {
  const target = new URL(origin);
  const name = (hostHeader ?? '').toLowerCase().replace(/:\d+$/, '');
  if (/^[a-z0-9-]{1,63}$/.test(name.slice(0, -target.hostname.length - 1)) && name.endsWith(`.${target.hostname}`)) target.hostname = name;
  return target.origin;
}

/** Only a path: of an absolute URL the host does not count, and `//elsewhere` in the request line must not become the target. */
function pathOf(url: string | undefined): string {
  const path = (url ?? '').replace(/^https?:\/\/[^/]*/i, '');
  return path.startsWith('/') ? `/${path.replace(/^\/+/, '')}` : '/';
}
