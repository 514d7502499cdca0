import { AppError, ERRORS } from '@conclave/protocol/errors';
import { OpaqueSecret, ProducerId } from '@conclave/protocol/ids';
import { ClientAddress } from '@conclave/protocol/media-api/internal';
import {
  ConnectTransport,
  CreateConsumers,
  CreateProducer,
  TransportDirection,
  UpdateConsumers,
  UpdateProducer,
} from '@conclave/protocol/media-api/public';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { toAppError } from '@conclave/runtime/problem';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { NodeContext } from '../node-context.ts';
import { consume, updateConsumers } from '../sessions/consume.ts';
import { closeProducer, findProducer, produce, setProducerPaused } from '../sessions/produce.ts';
import type { MediaPath } from '../sessions/session.ts';
import { connectTransport, restartIce } from '../sessions/transports.ts';

const DirectionParams = z.object({ direction: TransportDirection });
const ProducerParams = z.object({ producerId: ProducerId });
const Bearer = z
  .string()
  .regex(/^Bearer /i)
  .transform((text) => text.slice('Bearer '.length))
  .pipe(OpaqueSecret);

const PREFIX = '/media/v1';

/** Mounts `/media/v1`. Who asks is known from the capability alone; ids in a request only choose among what is its own. */
export function mountPublicRoutes(app: HttpsServer, ctx: NodeContext): void {
  const pathOf = (request: FastifyRequest) => authenticate(ctx, request.headers.authorization);
  void app.register(
    async (scope) => {
      scope.setErrorHandler((error, request) => {
        journalRefusal(ctx, request, error);
        throw error; // The server's own handler answers.
      });
      // Before the body is read, so that nobody without a capability makes us parse.
      scope.addHook('onRequest', async (request, reply) => {
        pathOf(request).bucket.take();
        void reply.header('cache-control', 'no-store');
      });
      scope.post('/transports/:direction/connect', async (request) => {
        const { direction } = DirectionParams.parse(request.params);
        await connectTransport(pathOf(request), direction, ConnectTransport.parse(request.body).dtlsParameters);
        return {};
      });
      scope.post('/transports/:direction/restart-ice', async (request) => {
        const { direction } = DirectionParams.parse(request.params);
        return { iceParameters: await restartIce(pathOf(request), direction) };
      });
      scope.post('/producers', async (request) => {
        const { id } = await produce(ctx, pathOf(request), CreateProducer.parse(request.body));
        return { id };
      });
      scope.patch('/producers/:producerId', async (request) => {
        const { paused } = UpdateProducer.parse(request.body);
        await setProducerPaused(ctx, findProducer(pathOf(request), ProducerParams.parse(request.params).producerId), paused);
        return {};
      });
      scope.delete('/producers/:producerId', async (request) => {
        closeProducer(ctx, findProducer(pathOf(request), ProducerParams.parse(request.params).producerId));
        return {};
      });
      scope.post('/consumers', async (request) => {
        const { producerIds, rtpCapabilities } = CreateConsumers.parse(request.body);
        return { consumers: await consume(ctx, pathOf(request), producerIds, rtpCapabilities) };
      });
      scope.patch('/consumers', async (request) => {
        await updateConsumers(ctx, pathOf(request), UpdateConsumers.parse(request.body).consumers);
        return {};
      });
    },
    { prefix: PREFIX },
  );
  void app.register(
    async (scope) => {
      scope.setNotFoundHandler(async (request) => {
        const error = new AppError('not_found');
        journalRefusal(ctx, request, error);
        throw error;
      });
    },
    { prefix: PREFIX },
  );
}

/** Faults are none: they are in the log of the process. */
function journalRefusal(ctx: NodeContext, request: FastifyRequest, error: unknown): void {
  const { code } = toAppError(error);
  if (ERRORS[code].http >= 500) return;
  const participant = find(ctx, request.headers.authorization)?.participant;
  const address = ClientAddress.safeParse(request.ip);
  ctx.journal.refuse({
    sessionId: participant?.session.id ?? null,
    participantId: participant?.id ?? null,
    verb: `${request.method} ${request.routeOptions.url ?? `${PREFIX}/*`}`,
    code,
    address: address.success ? address.data : null,
  });
}

/** Looked up again after the body arrived: a slow body must not outlive its capability. */
function authenticate(ctx: NodeContext, authorization: string | undefined): MediaPath {
  const path = find(ctx, authorization);
  if (!path) throw new AppError('capability_invalid');
  return path;
}

function find(ctx: NodeContext, authorization: string | undefined): MediaPath | undefined {
  const capability = Bearer.safeParse(authorization);
  return capability.success ? ctx.capabilities.find(capability.data) : undefined;
}
