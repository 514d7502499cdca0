import { createServer, type Server } from 'node:http';

/**
 * The plain HTTP port: for every method and path the same place over HTTPS, and nothing else.
 * 308 keeps method and body. The target is the host that was asked for if it is ours, so that a forged `Host` leads nowhere else.
 */
export function buildRedirect(origin: string): Server {
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 5_000, maxHeaderSize: 16_384, keepAliveTimeout: 1_000 },
    (request, reply) => {
      const location = `${targetOrigin(origin, request.headers.host)}${pathOf(request.url)}`;
      reply.writeHead(308, { location, 'content-length': 0, connection: 'close' }).end();
    },
  );
  server.maxConnections = 1_000;
  return server;
}

/** `https://<label>.<host>` for a team's host, otherwise the plain host. */
export function targetOrigin(origin: string, hostHeader: string | undefined): string {
  const target = new URL(origin);
  const name = (hostHeader ?? '').toLowerCase().replace(/:\d+$/, '');
  if (/^[a-z0-9-]{1,63}$/.test(name.slice(0, -target.hostname.length - 1)) && name.endsWith(`.${target.hostname}`)) target.hostname = name;
  return target.origin;
}

/** Only a path: an absolute URL or `//elsewhere` in the request line must not become the target. */
function pathOf(url: string | undefined): string {
  return url?.startsWith('/') ? `/${url.replace(/^\/+/, '')}` : '/';
}
