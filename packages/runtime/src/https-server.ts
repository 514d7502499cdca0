import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { AppError, ERRORS } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import Fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Log } from './log.ts';
import { toAppError, toProblem } from './problem.ts';
import { TLS_OPTIONS, type TlsIdentity } from './tls-options.ts';

export type HttpsServer = FastifyInstance<Server, IncomingMessage, ServerResponse, Log>;

interface HttpsServerOptions {
  log: Log;
  tls: TlsIdentity;
  /** Asks every client for a certificate. None or an untrusted one still connects; see `peerName`. Needs `tls.ca`. */
  askClientCertificate?: boolean;
  /** Largest body in bytes; `LIMITS.restBodyBytes` unless told. */
  bodyLimitBytes?: number;
  /** The address of the client is taken from `X-Forwarded-For` only if the connection comes from one of these addresses and CIDRs. */
  trustedProxies?: readonly string[];
  /** What is offered by ALPN; only HTTP/1.1 unless told. Somebody must then serve the others, see `front/front.ts`. */
  alpn?: readonly string[];
  /** Carried by every reply, also by those that no route made. */
  headers?: Readonly<Record<string, string>>;
  /** Told of every error before it is answered, which waits for it. What it throws is answered instead. */
  onRefused?: (request: FastifyRequest, error: AppError) => Promise<void>;
}

/**
 * Builds an HTTPS server that answers every error as `application/problem+json` and tells nothing else about it.
 * Slow clients are cut off: 10 s for the head, 30 s for the whole request. Call `listen` to start it.
 */
export function buildHttpsServer(options: HttpsServerOptions): HttpsServer {
  const { log, tls, askClientCertificate = false, bodyLimitBytes = LIMITS.restBodyBytes, onRefused } = options;
  const { trustedProxies = [], alpn = ['http/1.1'], headers = {} } = options;
  const refuse = async (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const error = toAppError(thrown);
    const replaced = await onRefused?.(request, error).then(
      () => undefined,
      (failure: unknown) => toAppError(failure),
    );
    sendError(replaced ?? error, request, reply);
    return reply;
  };
  const app = Fastify({
    https: {
      ...TLS_OPTIONS,
      ...tls,
      ALPNProtocols: [...alpn],
      requestCert: askClientCertificate,
      rejectUnauthorized: false,
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 5_000,
    },
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    bodyLimit: bodyLimitBytes,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    // No hook has run by then.
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply.headers(headers)),
  });
  app.addHook('onRequest', async (request, reply) => void reply.headers({ ...headers, 'x-request-id': request.id }));
  app.addHook('onResponse', async (request, reply) => {
    request.log.debug({ req: request, res: reply, elapsedMs: Math.round(reply.elapsedTime) }, 'answered');
  });
  app.setErrorHandler(refuse);
  app.setNotFoundHandler((request, reply) => refuse(new AppError('not_found'), request, reply));
  return app;
}

type Requested = Pick<FastifyRequest, 'id' | 'log'>;
type Replying = Pick<FastifyReply, 'sent' | 'code' | 'header' | 'type' | 'send'>;

/** Answers with the error and logs it at the level of its code; `internal` with its cause, so that `requestId` finds it. */
function sendError(error: AppError, request: Requested, reply: Replying): void {
  const { http, log: level } = ERRORS[error.code];
  request.log[level]({ code: error.code, err: level === 'error' ? (error.cause ?? error) : undefined }, 'request failed');
  if (reply.sent) return;
  const retryAfterMs = error.details?.retryAfterMs;
  if (retryAfterMs !== undefined) void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)));
  void reply
    .code(http)
    .type('application/problem+json')
    .send(JSON.stringify(toProblem(error, request.id)));
}
