import { AppError } from '@conclave/protocol/errors';
import { SessionId } from '@conclave/protocol/ids';
import { LogQuery } from '@conclave/protocol/rest/log';
import type { HttpsServer } from '@conclave/runtime/https-server';
import type { ServerContext } from '../context.ts';
import { readEvent, readLog, readSession, readStatus } from './actions.ts';
import { liveRoute } from './live.ts';
import { requireReader } from './scope.ts';

/** `/api/log`: the event log for a team's owners, as `protocol/src/rest/log.ts` says. */
export async function logRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  app.get('/events', async (request) => {
    const { scope } = await requireReader(ctx, request);
    return readLog(ctx, scope, LogQuery.parse(request.query));
  });

  app.get<{ Params: { seq: string } }>('/events/:seq', async (request) => {
    const { scope } = await requireReader(ctx, request);
    if (!/^\d{1,15}$/.test(request.params.seq)) throw new AppError('not_found');
    return readEvent(ctx, scope, Number(request.params.seq));
  });

  app.get<{ Params: { sessionId: string } }>('/sessions/:sessionId', async (request) => {
    const { scope } = await requireReader(ctx, request);
    const session = SessionId.safeParse(request.params.sessionId);
    if (!session.success) throw new AppError('not_found');
    return readSession(ctx, scope, session.data, LogQuery.parse(request.query));
  });

  app.get('/status', async (request) => readStatus(ctx, (await requireReader(ctx, request)).scope));

  liveRoute(app, ctx);
}
