import { SetupCheck, SetupReply, SetupRequest } from '@conclave/protocol/rest/setup';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { refuseForeignOrigin } from '../access/authenticate.ts';
import { signInWithPassword } from '../access/routes.ts';
import type { ServerContext } from '../context.ts';
import { checkSetupToken, setUp } from './actions.ts';

/** The owner link: looking whether it is good, and using it. */
export async function setupRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  app.post('/api/setup/check', async (request) => {
    refuseForeignOrigin(request);
    await ctx.access.limits.setup(request.ip);
    await checkSetupToken(ctx.db, SetupCheck.parse(request.body).token);
    return {};
  });

  app.post('/api/setup', async (request, reply) => {
    refuseForeignOrigin(request);
    await ctx.access.limits.setup(request.ip);
    const given = SetupRequest.parse(request.body);
    const made = await setUp(ctx, given, request.ip);
    ctx.log.info({ teamId: made.teamId }, 'set up by its owner');
    await signInWithPassword(ctx, { email: given.email, password: given.password, rememberMe: true }, request, reply);
    return SetupReply.parse(made);
  });
}
