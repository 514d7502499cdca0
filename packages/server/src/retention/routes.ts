import { Retention, RetentionPatch } from '@conclave/protocol/rest/log';
import type { HttpsServer } from '@conclave/runtime/https-server';
import { memberCause } from '../access/cause.ts';
import { requireOwner } from '../access/owner.ts';
import type { ServerContext } from '../context.ts';
import { changeRetention, readRetention } from './actions.ts';

/** `/api/log/retention`: for how long a team's events are kept, read and changed by its owners. */
export async function retentionRoutes(app: HttpsServer, ctx: ServerContext): Promise<void> {
  app.get('/retention', async (request) => {
    const { team } = await requireOwner(ctx.db, ctx.access, request);
    return Retention.parse(await readRetention(ctx, team.id));
  });

  app.patch('/retention', async (request) => {
    const member = await requireOwner(ctx.db, ctx.access, request);
    const patch = RetentionPatch.parse(request.body);
    return Retention.parse(await changeRetention(ctx, memberCause(member, request.ip), member.team.id, patch));
  });
}
