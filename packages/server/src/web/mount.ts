import type { HttpsServer } from '@conclave/runtime/https-server';
import { accessRoutes } from '../access/routes.ts';
import { alertRoutes } from '../alerts/routes.ts';
import type { ServerContext } from '../context.ts';
import { publicLogPage } from '../event-log/public-page.ts';
import { inviteRoutes } from '../invites/routes.ts';
import { logRoutes } from '../log-reading/routes.ts';
import { banRoutes } from '../moderation/ban-routes.ts';
import { retentionRoutes } from '../retention/routes.ts';
import { roleRoutes } from '../roles/routes.ts';
import type { LobbyDoor } from '../rooms/joining.ts';
import { roomRoutes } from '../rooms/routes.ts';
import { setupRoutes } from '../setup/routes.ts';
import { pages } from './pages.ts';

/** Mounts everything that is answered over HTTP except joining and media: sign-in, set-up, REST and the pages. */
export async function mountWeb(app: HttpsServer, ctx: ServerContext & { lobby: LobbyDoor }): Promise<void> {
  await app.register(async (api: HttpsServer) => {
    takeEmptyJson(api);
    forbidCaching(api);
    await accessRoutes(api, ctx);
    await setupRoutes(api, ctx);
    await api.register(async (rest: HttpsServer) => logRoutes(rest, ctx), { prefix: '/api/log' });
    await api.register(async (rest: HttpsServer) => retentionRoutes(rest, ctx), { prefix: '/api/log' });
    await api.register(async (rest: HttpsServer) => alertRoutes(rest, ctx), { prefix: '/api/log' });
    await api.register(async (rest: HttpsServer) => roomRoutes(rest, ctx), { prefix: '/api/v1' });
    await api.register(async (rest: HttpsServer) => roleRoutes(rest, ctx), { prefix: '/api/v1' });
    await api.register(async (rest: HttpsServer) => inviteRoutes(rest, ctx), { prefix: '/api/v1' });
    await api.register(async (rest: HttpsServer) => banRoutes(rest, ctx), { prefix: '/api/v1' });
  });
  await app.register(async (site: HttpsServer) => publicLogPage(site, ctx));
  await app.register(async (site: HttpsServer) => pages(site, ctx.config.webDir));
}

/** Clients of the public interface send `Content-Type: application/json` without a body, also with GET and DELETE. */
function takeEmptyJson(app: HttpsServer): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (String(body).trim() === '') done(null, undefined);
    else void parse(request, String(body), done);
  });
}

function forbidCaching(app: HttpsServer): void {
  app.addHook('onRequest', async (_request, reply) => void reply.header('cache-control', 'no-store'));
}
