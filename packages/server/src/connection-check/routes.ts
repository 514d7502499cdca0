import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import { CheckSize, CheckTime, OpenCheckReply, OpenCheckRequest } from '@conclave/protocol/rest/connection-check';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseForeignOrigin } from '../access/authenticate.ts';
import { createAddressLimit } from '../access/limits.ts';
import type { ServerContext } from '../context.ts';
import type { MediaNode } from '../media-link/media-node.ts';
import type { Turn } from '../turn/turn.ts';
import { createMeasurements } from './measurements.ts';

export interface CheckContext extends Pick<ServerContext, 'clock'> {
  readonly media: Pick<MediaNode, 'openCheck'>;
  readonly turn: Pick<Turn, 'iceServersForCheck'>;
}

/** The connection check: for everybody, whether they are let in anywhere or not. Nothing here knows of rooms. */
export async function checkRoutes(app: HttpsServer, ctx: CheckContext): Promise<void> {
  const limitChecks = createAddressLimit(LIMITS.checksPerMinute);
  const limitRequests = createAddressLimit(LIMITS.checkRequestsPerMinute);
  const measurements = createMeasurements();
  /** One for all: nobody can compress it, and making it anew would cost us more than them. */
  const bytes = randomBytes(LIMITS.checkBytes);
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    refuseForeignOrigin(request);
    await limitRequests(request.ip);
  });

  app.get('/api/check', async () => CheckTime.parse({ nowMs: ctx.clock.nowMs() }));

  app.post('/api/check', async (request): Promise<OpenCheckReply> => {
    await limitChecks(request.ip);
    const { lifetimeMs, udp, tcp } = await ctx.media.openCheck(OpenCheckRequest.parse(request.body));
    const iceServers = ctx.turn.iceServersForCheck(lifetimeMs);
    return OpenCheckReply.parse({ expiresAtMs: ctx.clock.nowMs() + lifetimeMs, udp, tcp, iceServers });
  });

  app.get('/api/check/bytes', async (request, reply) => {
    const { size } = CheckSize.parse(request.query);
    holdUntilClosed(reply, measurements.begin(request.ip));
    return reply.type('application/octet-stream').send(bytes.subarray(0, size));
  });

  app.post('/api/check/bytes', async (request, reply) => {
    if (Number(request.headers['content-length'] ?? 0) > LIMITS.checkBytes) throw new AppError('too_large');
    holdUntilClosed(reply, measurements.begin(request.ip));
    await swallow(request);
    return {};
  });
}

function holdUntilClosed(reply: FastifyReply, end: () => void): void {
  reply.raw.once('close', end);
}

/** Reads a body to its end and keeps nothing of it. One that was parsed, such as JSON, is none of ours. */
async function swallow({ body }: FastifyRequest): Promise<void> {
  if (!(body instanceof Readable)) throw new AppError('bad_request');
  let left: number = LIMITS.checkBytes;
  for await (const chunk of body) {
    left -= (chunk as Buffer).length; // a request's stream without an encoding
    if (left < 0) throw new AppError('too_large');
  }
}
