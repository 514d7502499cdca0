import type { HttpsServer } from '@conclave/runtime/https-server';
import type { ServerContext } from '../context.ts';

/** Mounts everything that is answered over HTTP except joining and media: sign-in, set-up, REST and the pages. */
export async function mountWeb(app: HttpsServer, ctx: ServerContext): Promise<void> {
  app.log.debug({ origin: ctx.origin }, 'mounting pages');
}
