import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { AppError } from '@conclave/protocol/errors';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pagePolicy } from './headers.ts';

const PAGES = /^\/(?:sign-in|setup|check|privacy|dashboard(?:\/.*)?)?$/;
/** A room's friendly url or id; whether there is such a room the page asks, within its limits. */
const ROOM = /^\/[A-Za-z0-9][A-Za-z0-9_-]{2,35}$/;
/** Never a page, so that a program that calls a wrong path gets an answer that it can read. */
const NOT_PAGES = /^\/(?:api|media|signal|assets|healthz|embed)(?:\/|$)/;

/** Whether a path, without its query, is one of the product's pages. */
export function isPage(path: string): boolean {
  return !NOT_PAGES.test(path) && (PAGES.test(path) || ROOM.test(path));
}

/** The built web client: one page for every address, which shows what belongs there, and its assets, which never change. */
export async function pages(app: HttpsServer, webDir: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(webDir, 'assets'),
    prefix: '/assets/',
    index: false,
    redirect: false,
    dotfiles: 'ignore',
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
    suppressWarning: true,
  });
  const answer = (request: FastifyRequest, reply: FastifyReply) => sendPage(request, reply, webDir);
  app.get('/*', answer);
}

/** A wrong address shows the same page, which says so, with the status 404. */
function sendPage(request: FastifyRequest, reply: FastifyReply, webDir: string): FastifyReply {
  const path = (request.url.split('?', 1)[0] ?? '/').replace(/(?<=.)\/+$/, '');
  if (NOT_PAGES.test(path) || !(request.headers.accept ?? '*/*').match(/text\/html|\*\/\*/)) throw new AppError('not_found');
  void reply.headers({ 'content-security-policy': pagePolicy(request.headers.host), 'cache-control': 'no-store' });
  return reply
    .code(isPage(path) ? 200 : 404)
    .sendFile('index.html', webDir, { cacheControl: false, etag: false, lastModified: false, acceptRanges: false });
}
