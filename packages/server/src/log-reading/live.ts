import { AppError } from '@conclave/protocol/errors';
import { LIMITS } from '@conclave/protocol/limits';
import { LogFilter } from '@conclave/protocol/rest/log';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerContext } from '../context.ts';
import { openEventStream, type EventStream } from './event-stream.ts';
import { followEvents } from './follow.ts';
import { requireReader, type Reader } from './scope.ts';
import { logSize } from './store.ts';

const RECHECK_MS = 10_000;

/** `GET /live`: events as they get their place, for as long as the reader may read them. */
export function liveRoute(app: HttpsServer, ctx: ServerContext): void {
  const streams = new Map<EventStream, string>();
  app.addHook('preClose', async () => {
    for (const stream of streams.keys()) stream.end();
  });

  app.get('/live', async (request, reply) => {
    const reader = await requireReader(ctx, request);
    const filter = LogFilter.parse(request.query);
    const from = resumeFrom(request, await logSize(ctx.db));
    const { userId } = reader.member;
    if ([...streams.values()].filter((other) => other === userId).length >= LIMITS.logReadersPerMember)
      throw new AppError('rate_limited', { details: { retryAfterMs: RECHECK_MS } });
    const stream = openOn(reply, ctx);
    streams.set(stream, userId);
    const cancel = recheck(ctx, request, reader, stream);
    ctx.background(
      followEvents(ctx, { scope: reader.scope, filter, from, tell: stream.send, signal: stream.signal }).finally(() => {
        cancel();
        streams.delete(stream);
        stream.end();
      }),
    );
    return reply;
  });
}

function openOn(reply: FastifyReply, { timers }: ServerContext): EventStream {
  reply.hijack();
  const headers = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]);
  return openEventStream(reply.raw, Object.fromEntries(headers), timers);
}

/** The seq after the one that a page which comes back saw last; otherwise that of the next event. */
function resumeFrom(request: FastifyRequest, size: number): number {
  const last = request.headers['last-event-id'];
  if (last === undefined || last === '') return size;
  if (typeof last !== 'string' || !/^\d{1,15}$/.test(last)) throw new AppError('bad_request', { details: { paths: ['Last-Event-ID'] } });
  return Math.min(Number(last) + 1, size);
}

/** Ends the stream soon after the reader signed out, is no owner any more, or has another team. */
function recheck(ctx: ServerContext, request: FastifyRequest, { scope }: Reader, stream: EventStream): () => void {
  const { timers, background } = ctx;
  const check = async () => {
    const isStillAllowed = await requireReader(ctx, request).then(
      (now) => now.scope.team === scope.team && now.scope.installation === scope.installation,
      // Nothing is read from a database that is away either.
      (error: unknown) => error instanceof AppError && error.code === 'unavailable',
    );
    if (!isStillAllowed) stream.end();
    else cancel = schedule();
  };
  const schedule = () => timers.schedule(RECHECK_MS, () => background(check));
  let cancel = schedule();
  return () => cancel();
}
