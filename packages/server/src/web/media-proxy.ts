import replyFrom from '@fastify/reply-from';
import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { internalHostName } from '@conclave/runtime/internal-identity';

const PREFIX = '/media/v1/';
const TIMEOUT_MS = 10_000;
/** All that the media node needs of a browser's request; cookies above all stay here. */
const PASSED_ON = ['authorization', 'content-type', 'content-length', 'accept'] as const;

interface MediaProxyOptions {
  url: string;
  /** The internal CA: the media node must show a certificate of it. */
  ca: string;
}

/**
 * Passes `/media/v1` on to the media node, untouched, and nothing else. It shows no client certificate, so that even a path that slipped
 * through could not reach the node's internal API.
 */
export async function mediaProxy(app: HttpsServer, { url, ca }: MediaProxyOptions): Promise<void> {
  await app.register(replyFrom, {
    base: url,
    undici: {
      connect: { ca, servername: internalHostName('media') },
      connections: 64,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    },
    disableCache: true,
    disableRequestLogging: true,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  app.all(`${PREFIX}*`, async (request, reply) => {
    const path = new URL(request.raw.url ?? '', url).pathname;
    // `..` is resolved by the URL, so that what is judged is what is asked for.
    if (!path.startsWith(PREFIX) || request.raw.url?.startsWith('//')) throw new AppError('not_found');
    if (Number(request.headers['content-length'] ?? 0) > LIMITS.mediaBodyBytes) throw new AppError('too_large');
    return reply.from(path, {
      queryString: {},
      timeout: TIMEOUT_MS,
      retryDelay: () => null,
      rewriteRequestHeaders: (_request, headers) => ({
        ...Object.fromEntries(PASSED_ON.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))),
        'x-forwarded-for': request.ip,
      }),
      onError: (failed, { error }) => void failed.send(new AppError('unavailable', { cause: error })),
    });
  });
}
